import { BrokerError } from '@credbroker/core/errors'
import type { ApprovalLevel } from '@credbroker/policy/request'
import { APPROVAL, type Approval } from '../../domain/approval.ts'
import { actorOf } from '../identity/caller.ts'
import { opened, seal } from '../people/sealed-row.ts'
import { ApprovalPending } from './approval-pending.ts'
import type { ChangeDeps, ChangeQuestion, SpentApproval } from './approve-change.ts'
import { approversOf } from './approvers.ts'
import { groundHash } from './describe-change.ts'

/**
 * Whether this approval is for exactly this change, as things are now, and still somebody's word.
 * @throws ApprovalPending while it waits
 * @throws BrokerError `approval_invalid`, `approval_denied`, `tampered`
 */
export async function fitChange(
  deps: ChangeDeps,
  question: ChangeQuestion,
  id: string,
): Promise<SpentApproval> {
  const { caller, snapshot, hash } = question
  const before = await deps.approvals.find(id)
  if (!before) throw new BrokerError('approval_invalid')
  const approval = opened(deps.macs, 'approvals', before)
  const { subject, requester, state, usableUntil } = approval
  if (subject.kind !== 'config' || requester !== `user:${caller.name}`)
    throw new BrokerError('approval_invalid')
  if (subject.requestHash !== hash)
    throw new BrokerError('approval_invalid', { detail: 'What was approved is another change' })
  if (subject.factsHash !== groundHash(snapshot))
    throw new BrokerError('approval_invalid', {
      detail: 'The configuration changed since it was asked; ask again',
    })
  const now = deps.clock.now()
  if (state === 'denied') throw new BrokerError('approval_denied')
  if (state === 'pending' && Date.parse(approval.endsAt) > now.getTime()) throw new ApprovalPending(approval)
  const used = APPROVAL[state].use
  if (used === undefined || usableUntil === null || Date.parse(usableUntil) <= now.getTime())
    throw new BrokerError('approval_invalid', { detail: 'It was used, or its time is over' })
  if (!(await stands(deps, question, approval)))
    throw new BrokerError('approval_invalid', { detail: 'Whoever approved it may not approve it any more' })
  const event = deps.record({
    type: 'approval.used',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
    approval: id,
    environment: approval.environment,
    facts: { kind: 'config', level: approval.level, requestHash: hash, factsHash: subject.factsHash },
  })
  return { before, after: seal(deps.macs, 'approvals', { ...approval, state: used }), event }
}

const NEEDED: Readonly<Record<ApprovalLevel, number>> = { passkey: 1, 'two-person': 2 }

/** I4: whose word counted then has to count now, and for what is asked now. */
async function stands(
  deps: ChangeDeps,
  { snapshot, level }: ChangeQuestion,
  { answers, level: asked }: Approval,
): Promise<boolean> {
  if (NEEDED[asked] < NEEDED[level]) return false
  const approvers = await approversOf(deps, snapshot)
  const yes = answers.filter(
    ({ user, passkey, verdict }) => verdict === 'approve' && approvers.get(user)?.has(passkey),
  )
  return new Set(yes.map(({ user }) => user)).size >= NEEDED[asked]
}
