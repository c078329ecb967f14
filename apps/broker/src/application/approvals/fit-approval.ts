import { BrokerError } from '@credbroker/core/errors'
import { APPROVAL, type Approval } from '../../domain/approval.ts'
import { opened, seal } from '../people/sealed-row.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import type { CallQuestion, FitApproval } from './call-question.ts'
import { verifyAnswers } from './verify-answers.ts'

/** Whether an approval is for exactly this call, as things are now (I4): see {@link FitApproval}. */
export const fitApproval =
  (deps: ApprovalDeps): FitApproval =>
  async (id, question) => {
    const before = await deps.approvals.find(id)
    if (!before) throw new BrokerError('approval_invalid')
    const approval = opened(deps.macs, 'approvals', before)
    requireSameWork(approval, question)
    const now = deps.clock.now()
    if (approval.state === 'denied') throw new BrokerError('approval_denied')
    if (approval.state === 'pending' && Date.parse(approval.endsAt) > now.getTime())
      throw new BrokerError('approval_required', {
        detail: 'Nobody has answered yet',
        approval: id,
      })
    const used = APPROVAL[approval.state].use
    if (!used || approval.usableUntil === null || Date.parse(approval.usableUntil) <= now.getTime())
      throw new BrokerError('approval_invalid', { detail: 'It was used, or its time is over; ask again' })
    const requests = useUp(approval, question, now)
    const { snapshot } = await deps.config.current()
    await verifyAnswers(deps, snapshot, approval)
    const state = requests.every(({ usedAt }) => usedAt !== null) ? used : approval.state
    const after = seal(deps.macs, 'approvals', {
      ...approval,
      state,
      subject: { kind: 'call' as const, requests },
    })
    return { level: approval.level, before, after }
  }

type Asked = Omit<CallQuestion, 'level' | 'policies' | 'reason'>

/** @throws BrokerError `approval_invalid`, which does not say whether it exists for somebody else */
function requireSameWork({ work, policyVersion }: Approval, { allowed, policyVersion: now }: Asked): void {
  const { task, grant, agent, scope } = allowed
  const same =
    work !== null &&
    work.task === task.id &&
    work.grant === grant.id &&
    work.agent === agent.name &&
    work.owner === agent.owner &&
    work.jkt === task.jkt &&
    work.scope === scope.name &&
    work.root === scope.root
  if (!same) throw new BrokerError('approval_invalid')
  if (policyVersion !== now)
    throw new BrokerError('approval_invalid', {
      detail: 'The policies changed since it was asked; ask again',
    })
}

/** The list with this one request used up. @throws BrokerError `approval_invalid` where it is not on it, or was used */
function useUp({ subject }: Approval, { requests: [asked] }: Asked, now: Date) {
  const requests = subject.kind === 'call' ? subject.requests : []
  const matching = requests.filter(({ requestHash }) => requestHash === asked?.requestHash)
  if (!asked || matching.length === 0)
    throw new BrokerError('approval_invalid', { detail: 'What was approved is another request' })
  const fitting = matching.filter(({ factsHash }) => factsHash === asked.factsHash)
  if (fitting.length === 0)
    throw new BrokerError('approval_invalid', {
      detail: 'What it touches has changed since it was asked; ask again',
    })
  const free = fitting.find(({ usedAt }) => usedAt === null)
  if (!free) throw new BrokerError('approval_invalid', { detail: 'It was used; ask again' })
  return requests.map((one) => (one === free ? { ...one, usedAt: now.toISOString() } : one))
}
