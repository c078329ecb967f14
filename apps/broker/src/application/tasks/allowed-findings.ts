import type { AuditRecord } from '@credbroker/core/audit/event'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import type { Task } from '../../domain/task.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type Caller } from '../identity/caller.ts'

/** What of a claim stays with the task. */
export const keptScan = (claim: ScanClaim | undefined): Task['scan'] =>
  claim === undefined ? null : { state: claim.state, sandbox: claim.sandbox === true }

/** For the first event of a task. */
export const scanFact = ({ scan }: Pick<Task, 'scan'>) =>
  scan === null ? {} : { scan: scan.state, ...(scan.sandbox && { sandbox: true }) }

/** One record for each stray secret that a client let pass, with its reason: claims, in the statement that starts the task. */
export const allowedFindings = (
  record: Recorder,
  caller: Caller,
  task: Pick<Task, 'id' | 'owner' | 'environment'>,
  claim: ScanClaim | undefined,
): AuditRecord[] =>
  (claim?.allowed ?? []).map(({ finding, reason }) =>
    record({
      type: 'finding.allowed',
      phase: 'event',
      result: 'ok',
      actor: actorOf(caller),
      sub: task.owner,
      request: caller.requestId,
      task: task.id,
      environment: task.environment,
      reason,
      facts: { finding },
    }),
  )
