import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { apiError, type BrokerApiError, isPassing } from './errors.ts'
import type { Io } from './io.ts'
import { interruptible, patience } from './patience.ts'
import type { TaskSession } from './task-session.ts'

/** A question to people. Show {@link Approval.url} to one; an agent cannot answer it. */
export interface Approval {
  /** `apr_…` */
  readonly id: string
  readonly state: 'pending' | 'approved' | 'denied' | 'used' | 'expired' | 'cancelled'
  readonly url: string
  /** When the question ends that nobody has answered. */
  readonly endsAt: Date
  /** Why it is asked. Of a denied one, what the person said. */
  readonly reason: string
}

/** @internal */
export type ApprovalWire = Pick<ApprovalView, 'id' | 'state' | 'url' | 'ends_at' | 'reason'>

/** @internal */
export const approvalFromWire = ({ id, state, url, ends_at, reason }: ApprovalWire): Approval => ({
  id,
  state,
  url,
  reason,
  endsAt: new Date(ends_at),
})

/** How long to wait for a person: until `until`, and at most as long as the question waits. @internal */
export interface Waiting {
  readonly until: Date | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * Asks until a person has answered.
 * @throws ApprovalDeniedError when they said no; ApprovalRequiredError when the time is over; the reason of the signal
 * @internal
 */
export async function waitForApproval(
  session: TaskSession,
  asked: Approval,
  io: Pick<Io, 'now' | 'sleep'>,
  { until, signal }: Waiting,
): Promise<void> {
  let approval = asked
  for (const pause of patience()) {
    if (approval.state === 'approved') return
    if (approval.state !== 'pending') throw answered(approval)
    if (until && io.now().getTime() + pause > until.getTime()) throw approvalRequired(approval)
    await interruptible(io.sleep(pause), signal)
    approval = await findApproval(session, approval, signal).catch((error: unknown) => {
      signal?.throwIfAborted()
      if (!isPassing(error)) throw error
      return approval
    })
  }
}

/** As it is now. @internal */
export async function findApproval(
  session: TaskSession,
  { id }: Pick<Approval, 'id'>,
  signal?: AbortSignal,
): Promise<Approval> {
  const path = `/v1/approvals/${encodeURIComponent(id)}`
  return approvalFromWire(
    await session.call<ApprovalWire>({ method: 'GET', path, ...(signal && { signal }) }),
  )
}

/** Somebody has to answer first. @internal */
export function approvalRequired({ id, url, reason }: Approval): BrokerApiError {
  return apiError({
    status: 403,
    code: 'approval_required',
    title: 'A person has to approve this',
    detail: reason,
    todo: 'Open the approval link; the agent cannot approve.',
    retryable: true,
    approval: id,
    approval_url: url,
  })
}

function answered({ id, state, reason, url }: Approval): BrokerApiError {
  const denied = state === 'denied'
  return apiError({
    status: 403,
    code: denied ? 'approval_denied' : 'approval_invalid',
    title: denied ? 'A person denied this' : `The approval is ${state}`,
    ...(denied && { detail: reason }),
    todo: denied ? 'Do not ask for the same again in this task.' : 'Ask again.',
    retryable: false,
    approval: id,
    approval_url: url,
  })
}
