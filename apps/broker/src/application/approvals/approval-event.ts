import type { AuditEventFields, AuditRecord } from '@credbroker/core/audit/event'
import { canonicalHash } from '@credbroker/core/canonical-json'
import type { Approval } from '../../domain/approval.ts'
import { factsHashOf, requestHashOf } from '../../domain/signed-question.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type Caller } from '../identity/caller.ts'

/** What every event about an approval says of it. */
export const aboutApproval = ({ id, work, environment, subject, level }: Approval) =>
  ({
    approval: id,
    environment,
    ...(work && { task: work.task, grant: work.grant, scope: work.scope, sub: work.owner }),
    facts: {
      kind: subject.kind,
      level,
      requestHash: requestHashOf(subject),
      factsHash: factsHashOf(subject),
      ...(subject.kind === 'call' && {
        count: subject.requests.length,
        argumentsHash: canonicalHash(subject.requests.map(({ operations }) => operations)),
        operation: subject.requests[0]?.operations[0]?.name ?? 'none',
      }),
    },
  }) satisfies Partial<AuditEventFields>

/** People were asked. */
export const askedEvent = (record: Recorder, caller: Caller, approval: Approval): AuditRecord =>
  record({
    ...aboutApproval(approval),
    type: 'approval.asked',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
    ...(approval.policies.length > 0 && { policies: [...approval.policies] }),
    reason: approval.reason,
  })
