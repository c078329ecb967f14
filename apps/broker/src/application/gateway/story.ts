import { isDangerous } from '@credbroker/core/access'
import type { AuditEventFields, AuditRecord } from '@credbroker/core/audit/event'
import { canonicalHash } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import { recoveryFact } from '../../domain/recovery-record.ts'
import type { AuditLog } from '../../ports/audit.ts'
import { markRecorded } from '../audit/recorded.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type TaskCaller } from '../identity/caller.ts'
import type { LiveCall } from './live-call.ts'
import type { Place } from './place-call.ts'
import { CallRefused, type ReadCall } from './read-call.ts'

type Facts = NonNullable<AuditEventFields['facts']>

/** What is known of a call so far, as its audit events repeat it. */
export interface Story {
  readonly caller: TaskCaller
  readonly scope: string
  readonly method: string
  live?: LiveCall
  read?: ReadCall
  place?: Place
}

const LONGEST = 1000

export function about({ caller, scope, method, live, read, place }: Story) {
  const facts: Facts = {
    method: /^[A-Z]{1,20}$/.test(method) ? method : 'other',
    ...(live && {
      connector: live.connector,
      root: live.scope.root,
      rootVersion: live.root.version,
      tier: live.environment.tier,
    }),
    ...(read && {
      operation: shortened(read.operations.map(({ name }) => name).join(','), 200),
      operations: read.operations.length,
      requestHash: read.requestHash,
      argumentsHash: canonicalHash(read.operations.map(({ arguments: given }) => given)),
      ...(read.touches.length > 0 && { side: read.touches.join(' ') }),
      ...(read.erases.length > 0 && { erases: read.erases.join(' ') }),
    }),
    // What cannot be undone is the case for it.
    ...(live && read?.access.some(isDangerous) && recoveryFact(live.root)),
    ...(place && place.anchors.length > 0 && { anchors: shortened(place.anchors.join(' '), LONGEST) }),
  }
  return {
    actor: actorOf(caller),
    sub: caller.owner,
    request: caller.requestId,
    task: caller.task,
    scope,
    ...(live && { grant: live.grant.id, environment: live.environment.name }),
    ...(read && { access: [...read.access] }),
    facts,
  } satisfies Partial<AuditEventFields>
}

const shortened = (text: string, most: number): string => text.slice(0, most).trimEnd()

/**
 * I6: whatever refuses a call is in the audit log before the agent hears of it; a proof that was used before says nothing of who asks.
 * @throws BrokerError as `work` does; `audit_unavailable`
 */
export async function recordingDenial<Result>(
  { audit, record }: { readonly audit: AuditLog; readonly record: Recorder },
  story: Story,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BrokerError && error.code !== 'replayed_proof') {
      if (!(error instanceof AfterTheFact)) await audit.append([denial(record, story, error)])
      markRecorded(error)
    }
    throw error
  }
}

/** The call was made, so that its outcome says what happened and there is nothing to deny. */
export class AfterTheFact extends BrokerError {}

function denial(record: Recorder, story: Story, error: BrokerError): AuditRecord {
  const said = about(story)
  const refusal = error instanceof CallRefused ? { refusal: error.refusal } : {}
  return record({
    ...said,
    type: 'gateway.denied',
    phase: 'event',
    result: 'denied',
    code: error.code,
    reason: error.message,
    facts: { ...said.facts, ...refusal },
  })
}
