import { BrokerError } from '@credbroker/core/errors'
import { APPROVAL } from '../../domain/approval.ts'
import { actorOf } from '../identity/caller.ts'
import { opened, seal } from '../people/sealed-row.ts'
import { aboutApproval } from './approval-event.ts'
import { ApprovalPending } from './approval-pending.ts'
import type { ChangeDeps, ChangeQuestion, SpentApproval } from './change-question.ts'
import { groundHash } from './describe-change.ts'
import { verifyAnswers } from './verify-answers.ts'

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
  // Who could approve has changed since: what takes two now is not done by one.
  if (approval.level === 'passkey' && question.level === 'two-person')
    throw new BrokerError('approval_invalid', { detail: 'It takes two persons now; ask again' })
  await verifyAnswers(deps, snapshot, approval)
  const event = deps.record({
    ...aboutApproval(approval),
    type: 'approval.used',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
  })
  return { before, after: seal(deps.macs, 'approvals', { ...approval, state: used }), event }
}
