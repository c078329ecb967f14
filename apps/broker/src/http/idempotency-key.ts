import { BrokerError } from '@credbroker/core/errors'
import type { Context } from 'hono'

const FORM = /^[!-~]{1,200}$/

/** @throws BrokerError `invalid_request` */
export function idempotencyKey(c: Context): string | undefined {
  const key = c.req.header('idempotency-key')
  if (key === undefined || FORM.test(key)) return key
  const message = '1 to 200 printable characters'
  throw new BrokerError('invalid_request', { problems: [{ at: 'Idempotency-Key', message }] })
}
