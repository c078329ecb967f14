import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { CallAnswer } from '../../application/gateway/send-call.ts'
import { drained } from '../socket.ts'

/** Whoever opens a vendor's answer in a browser gets a text, and nothing that acts at our address. */
const OURS = {
  // Told apart from the broker's own word by this alone: a vendor can say neither.
  'broker-answer': 'vendor',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
}

/**
 * Passes a vendor's answer on. What is cut is not ended politely: the connection is destroyed, so that nobody takes a part
 * for the whole.
 */
export async function sendAnswer(
  outgoing: ServerResponse,
  { status, headers, body, cut }: CallAnswer,
  requestId: string,
): Promise<Response> {
  const head: Record<string, string | string[]> = {
    ...OURS,
    'x-request-id': requestId,
    'upstream-status': String(status),
  }
  for (const [name, value] of headers) head[name] = several(head[name], value)
  const destroy = () => void outgoing.destroy()
  cut.addEventListener('abort', destroy, { once: true })
  // Whoever hung up is noticed by `destroyed`.
  outgoing.on('error', destroy)
  try {
    if (cut.aborted) destroy()
    else if (body instanceof Uint8Array) {
      const bodiless = status === 204 || status === 304 || outgoing.req.method === 'HEAD'
      outgoing.writeHead(status, bodiless ? head : { ...head, 'content-length': body.byteLength })
      outgoing.end(body)
    } else {
      outgoing.writeHead(status, head)
      outgoing.flushHeaders()
      for await (const piece of body) {
        if (outgoing.destroyed) break
        if (!outgoing.write(piece)) await drained(outgoing)
      }
      if (!outgoing.destroyed) outgoing.end()
    }
  } catch {
    // What is wrong is in the outcome; here it only has no end.
    destroy()
  } finally {
    if (outgoing.writableEnded) cut.removeEventListener('abort', destroy)
  }
  return RESPONSE_ALREADY_SENT
}

const several = (known: string | string[] | undefined, value: string): string | string[] =>
  known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value]
