import {
  type Approval,
  type ApprovalWire,
  approvalFromWire,
  approvalRequired,
  findApproval,
  waitForApproval,
} from './approval.ts'
import { type CallBody, type CallRequest, callRequest } from './call-request.ts'
import { BrokerUnreachableError } from './errors.ts'
import type { Io } from './io.ts'
import type { TaskSession } from './task-session.ts'

/** As `fetch` has them, and what is to happen when a person has to approve. */
export interface CallInit {
  readonly method?: string
  readonly headers?: RequestInit['headers']
  /** It is read whole before it is sent: what was approved is sent again, byte by byte. */
  readonly body?: CallBody | null
  readonly signal?: AbortSignal | null
  /** `wait`, unless told: the call is held until a person has answered. `throw`: ApprovalRequiredError at once. */
  readonly approval?: 'wait' | 'throw'
  /** One that was asked for before, by {@link Task.askApproval} or a call that did not wait. */
  readonly approvalId?: string
  /** Told once for each question, as soon as it was asked: show its link to a person. */
  readonly onApproval?: (approval: Approval) => void
  /** How long to wait for a person at most. Left out: until the question ends. */
  readonly timeoutMs?: number
}

/** Facts may change while a person reads, and then it is another question; not for ever. */
const MOST_QUESTIONS = 3

/** @internal */
export async function gatewayCall(
  session: TaskSession,
  io: Io,
  scope: string,
  path: string,
  init: CallInit,
): Promise<Response> {
  const request = await callRequest(scope, path, init)
  const signal = init.signal ?? undefined
  const until =
    init.timeoutMs === undefined ? undefined : new Date(io.now().getTime() + Math.max(0, init.timeoutMs))
  const settle = async (approval: Approval) => {
    if (approval.state === 'pending') init.onApproval?.(approval)
    if (approval.state === 'pending' && init.approval === 'throw') throw approvalRequired(approval)
    await waitForApproval(session, approval, io, { until, signal })
    return approval.id
  }
  let approved =
    init.approvalId === undefined
      ? undefined
      : await settle(await findApproval(session, { id: init.approvalId }, signal))
  for (let questions = 0; ; questions++) {
    const answer = await send(session, request, approved, signal)
    if (answer instanceof Response) return answer
    if (questions === MOST_QUESTIONS) throw approvalRequired(answer)
    approved = await settle(answer)
  }
}

async function send(
  session: TaskSession,
  { method, path, headers, body }: CallRequest,
  approval: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Response | Approval> {
  const opened = await session.open({
    method,
    path,
    body,
    headers: { ...headers, ...(approval !== undefined && { 'broker-approval': approval }) },
    signal: signal ?? null,
  })
  if ('vendor' in opened) return opened.vendor
  const { approval: asked } = (opened.body ?? {}) as { readonly approval?: ApprovalWire }
  if (opened.status !== 202 || asked === undefined)
    throw new BrokerUnreachableError('the broker answered a call in a way that this SDK does not know')
  return approvalFromWire(asked)
}
