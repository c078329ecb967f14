import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'

/**
 * Bodies of at most {@link LIMITS.bodyBytes}. Node's parser holds a body to the length that was declared for it; only
 * one without has to be counted, which turns the whole request into a stream first.
 * @throws BrokerError `body_too_large`
 */
export function limitBody(): MiddlewareHandler {
  const refuse = () => {
    throw new BrokerError('body_too_large', { detail: `At most ${LIMITS.bodyBytes} bytes` })
  }
  const count = bodyLimit({ maxSize: LIMITS.bodyBytes, onError: refuse })
  return async (c, next) => {
    const declared = c.req.header('content-length')
    if (declared === undefined || c.req.header('transfer-encoding') !== undefined) return await count(c, next)
    if (!(Number(declared) <= LIMITS.bodyBytes)) refuse()
    return await next()
  }
}
