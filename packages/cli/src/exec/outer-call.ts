import { connect } from 'node:net'
import type { Approval } from '@credbroker/sdk/approval'
import { apiError, BrokerUnreachableError } from '@credbroker/sdk/errors'
import { OUTER } from '@credbroker/sdk/outer-variables'
import { type FrameKind, readFrames } from './frames.ts'
import type { InnerCall, InnerProblem } from './inner-calls.ts'

/** Has the run around this command make a call in its task. The answer is the vendor's, as it comes. */
export async function outerCall(
  env: Readonly<Record<string, string | undefined>>,
  call: InnerCall,
  onApproval: (approval: Approval) => void,
  signal?: AbortSignal | null,
): Promise<Response> {
  signal?.throwIfAborted()
  const socket = connect(env[OUTER.socket] ?? '')
  // The run cuts what nobody waits for any more.
  signal?.addEventListener('abort', () => socket.destroy(), { once: true })
  const frames = readFrames(socket)
  try {
    socket.write(`${JSON.stringify({ secret: env[OUTER.secret], call })}\n`)
    for (;;) {
      const { kind, payload } = await nextOf(frames)
      if (kind === 'asked') onApproval(approvalOf(payload))
      if (kind === 'problem')
        throw apiError({ status: 500, ...(JSON.parse(payload.toString()) as InnerProblem) })
      if (kind !== 'head') continue
      const { status, headers } = JSON.parse(payload.toString()) as {
        status: number
        headers: [string, string][]
      }
      const bodiless = [101, 204, 205, 304].includes(status)
      return new Response(bodiless ? null : ReadableStream.from(dataOf(frames)), { status, headers })
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

type Frames = AsyncGenerator<{ readonly kind: FrameKind; readonly payload: Buffer }>

async function nextOf(frames: Frames) {
  const { value, done } = await frames.next().catch(() => ({ value: undefined, done: true as const }))
  if (done || !value) throw gone()
  return value
}

async function* dataOf(frames: Frames): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { kind, payload } = await nextOf(frames)
    if (kind === 'end') return
    yield new Uint8Array(payload)
  }
}

function approvalOf(payload: Buffer): Approval {
  const asked = JSON.parse(payload.toString()) as Approval & { readonly endsAt: string }
  return { ...asked, endsAt: new Date(asked.endsAt) }
}

const gone = (): BrokerUnreachableError =>
  new BrokerUnreachableError('the run around this command has ended, or cut the call')
