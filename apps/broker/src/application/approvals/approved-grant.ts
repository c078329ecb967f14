import { BrokerError } from '@credbroker/core/errors'
import type { ApprovalLevel } from '@credbroker/policy/request'
import type { Approval } from '../../domain/approval.ts'
import type { Grant } from '../../domain/grant.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Task } from '../../domain/task.ts'
import { opened } from '../people/sealed-row.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { scopeFactsHash, scopeRequestHash } from './scope-question.ts'
import { verifyAnswers } from './verify-answers.ts'

interface Held {
  readonly task: Task
  readonly grant: Grant
}

/**
 * By whom a grant that waited for a person was approved, verified anew: what was signed is what is granted, the scope is what it was,
 * and whoever signed may still approve. Undefined where nobody was asked.
 * @throws BrokerError `approval_invalid`, `tampered`
 */
export type ApprovedGrant = (
  snapshot: ConfigSnapshot,
  held: Held,
  now: Date,
) => Promise<ApprovalLevel | undefined>

export const approvedGrant =
  (
    deps: Pick<ApprovalDeps, 'approvals' | 'passkeys' | 'webauthn' | 'macs' | 'deployment' | 'clock'>,
  ): ApprovedGrant =>
  async (snapshot, held, now) => {
    const { approval: id } = held.grant
    if (!id) return undefined
    const stored = await deps.approvals.find(id)
    if (!stored) throw new BrokerError('approval_invalid')
    const approval = opened(deps.macs, 'approvals', stored)
    if (approval.state !== 'approved' || Date.parse(approval.usableUntil ?? approval.endsAt) <= now.getTime())
      throw new BrokerError('approval_invalid', { detail: 'Its time is over; start a new task' })
    if (!isOf(approval, held)) throw new BrokerError('approval_invalid')
    if (!isAsItWas(approval, snapshot, held.grant))
      throw new BrokerError('approval_invalid', {
        detail: 'The scope has changed since it was approved; start a new task',
      })
    await verifyAnswers(deps, snapshot, approval)
    return approval.level
  }

const isOf = ({ work, subject }: Approval, { task, grant }: Held): boolean =>
  work?.task === task.id &&
  work.grant === grant.id &&
  work.agent === task.agent &&
  work.jkt === task.jkt &&
  work.scope === grant.scope &&
  subject.kind === 'scope' &&
  subject.requestHash === scopeRequestHash(grant)

/** The owner too: the agent of somebody else is not the one that was approved. */
function isAsItWas({ work, subject }: Approval, snapshot: ConfigSnapshot, grant: Grant): boolean {
  const scope = snapshot.scope(grant.scope)
  return (
    scope !== undefined &&
    subject.kind === 'scope' &&
    subject.factsHash === scopeFactsHash(snapshot, scope) &&
    work?.root === scope.root &&
    work.owner === snapshot.agent(work.agent)?.owner
  )
}
