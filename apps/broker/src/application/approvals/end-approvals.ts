import { APPROVAL, type Approval } from '../../domain/approval.ts'
import type { Sealed } from '../../ports/people.ts'
import { isIntact, seal } from '../people/sealed-row.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { aboutApproval } from './approval-event.ts'

const AT_A_TIME = 100
const BY = { kind: 'system', id: 'approvals' } as const

/** Ends what waited too long, was not used in time, or whose work is over. Nothing depends on it: each use looks at the times itself. */
export const endApprovals =
  (deps: Pick<ApprovalDeps, 'approvals' | 'macs' | 'record' | 'clock' | 'log' | 'end'>) =>
  async (): Promise<void> => {
    for (const before of await deps.approvals.due(AT_A_TIME)) await end(deps, before)
  }

async function end(
  { approvals, macs, record, clock, log, end: endGrant }: Parameters<typeof endApprovals>[0],
  before: Sealed<Approval>,
): Promise<void> {
  if (!isIntact(macs, 'approvals', before)) {
    log.error({ approval: before.body.id }, 'an approval does not carry our seal and will not be used')
    return
  }
  const { state, usableUntil, endsAt, subject, work } = before.body
  const over = Date.parse(usableUntil ?? endsAt) <= clock.now().getTime()
  const next = over ? APPROVAL[state].expire : APPROVAL[state].cancel
  if (!next) return
  // Before the question ends, so that a broker that dies in between finds it again.
  if (subject.kind === 'scope' && work && state === 'pending')
    await endGrant({ grant: work.grant }, 'expired', BY)
  const after = { ...before.body, state: next }
  const event = record({
    ...aboutApproval(after),
    type: 'approval.expired',
    phase: 'event',
    result: 'ok',
    actor: BY,
    reason: over ? 'its time is over' : 'the work that it was for has ended',
  })
  await approvals.update(before, seal(macs, 'approvals', after), [event])
}
