import type { AuditEventFields } from '@credbroker/core/audit/event'
import type { Approval } from '../../domain/approval.ts'
import { factsHashOf, requestHashOf } from '../../domain/signed-question.ts'

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
        operation: subject.requests[0]?.operations[0]?.name ?? 'none',
      }),
    },
  }) satisfies Partial<AuditEventFields>
