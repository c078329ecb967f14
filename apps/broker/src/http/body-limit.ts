import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Context, MiddlewareHandler } from 'hono'
import type { HttpEnv } from './server.ts'

export const bodyTooLarge = (most: number = LIMITS.bodyBytes): BrokerError =>
  new BrokerError('body_too_large', { detail: `At most ${most} bytes` })

/**
 * Bodies of at most {@link LIMITS.bodyBytes}. Node's parser holds a body to the length that was declared for it; one
 * without is counted as it is read, and nothing of it is read before a route asks for it.
 * @throws BrokerError `body_too_large`
 */
export function limitBody(): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    // The gateway reads from the socket, and counts there.
    if (c.req.path.startsWith('/gateway/')) return await next()
    const declared = c.req.header('content-length')
    if (declared === undefined || c.req.header('transfer-encoding') !== undefined) countBody(c)
    else if (!(Number(declared) <= LIMITS.bodyBytes)) throw bodyTooLarge()
    await next()
  }
}

function countBody(c: Context<HttpEnv>): void {
  const { body } = c.req.raw
  if (!body) return
  let size = 0
  const counted = body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.length
        if (size <= LIMITS.bodyBytes) return controller.enqueue(chunk)
        // Whoever parses it says that it is no JSON; why it ends is known here only.
        c.set('overLimit', true)
        controller.error(bodyTooLarge())
      },
    }),
  )
  c.req.raw = new Request(c.req.raw, { body: counted, duplex: 'half' } as RequestInit)
}
