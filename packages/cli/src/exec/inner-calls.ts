import type { Socket } from 'node:net'
import type { ProblemBody } from '@credbroker/core/wire/problem'
import type { Approval } from '@credbroker/sdk/approval'
import { BrokerApiError } from '@credbroker/sdk/errors'
import type { Task } from '@credbroker/sdk/task'
import { writeFrame } from './frames.ts'

/** A call that a command inside a run asks the run for: in its task, and without its key. */
export interface InnerCall {
  readonly scope: string
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** Base64. */
  readonly body?: string
  readonly wait: boolean
  /** How long to wait for a person at most. */
  readonly waitMs?: number
  readonly approval?: string
}

export type InnerProblem = Partial<ProblemBody> & { readonly approval?: string }

/** Makes it, and passes on what comes, frame by frame. What is cut has no end. */
export async function serveCall(task: Pick<Task, 'fetch'>, call: InnerCall, socket: Socket): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  let begun = false
  try {
    const response = await task.fetch(call.scope, call.path, {
      method: call.method,
      headers: call.headers,
      signal: gone.signal,
      approval: call.wait ? 'wait' : 'throw',
      onApproval: (approval: Approval) => void writeFrame(socket, 'asked', approval),
      ...(call.body !== undefined && { body: Buffer.from(call.body, 'base64') }),
      ...(call.approval !== undefined && { approvalId: call.approval }),
      ...(call.waitMs !== undefined && { timeoutMs: call.waitMs }),
    })
    begun = true
    await writeFrame(socket, 'head', { status: response.status, headers: [...response.headers] })
    for await (const chunk of response.body ?? []) await writeFrame(socket, 'data', chunk)
    await writeFrame(socket, 'end')
    socket.end()
  } catch (error) {
    if (begun || gone.signal.aborted) return void socket.destroy()
    await writeFrame(socket, 'problem', problemOf(error))
    socket.end()
  }
}

/** What the broker said, as it would have said it to the command inside. */
export function problemOf(error: unknown): InnerProblem {
  if (error instanceof TypeError)
    return { status: 400, code: 'call_refused', detail: error.message, retryable: false }
  if (!(error instanceof BrokerApiError)) return { status: 503, code: 'store_unavailable', retryable: true }
  const { status, code, reason: detail, todo, required, retryable, approvalId, approvalUrl } = error
  return {
    status,
    ...(code !== 'unknown' && { code }),
    detail,
    retryable,
    ...(todo !== undefined && { todo }),
    ...(required.length > 0 && { required: [...required] }),
    ...(approvalId !== undefined && { approval: approvalId }),
    ...(approvalUrl !== undefined && { approval_url: approvalUrl }),
  }
}
