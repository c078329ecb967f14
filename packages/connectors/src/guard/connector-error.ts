import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import type { Visible } from './visible-text.ts'

/** What a reader or a kind may say itself. Anything else it throws is the vendor's, or a fault of ours. */
const SPOKEN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'vendor_refused',
  'vendor_unavailable',
  'root_unusable',
  'capability_absent',
  'budget_exceeded',
])

const isFault = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError

/** Turns whatever a kind threw into an error that can be shown and logged. Of a vendor's text nothing is kept. */
export function connectorError(error: unknown, visible: Visible): BrokerError {
  if (!(error instanceof BrokerError) || !SPOKEN.has(error.code)) {
    const name = error instanceof Error ? error.constructor.name : typeof error
    const code = error instanceof BrokerError || isFault(error) ? 'internal' : 'vendor_refused'
    return new BrokerError(code, { cause: new Error(name) })
  }
  const { detail, retryAfterSeconds } = error.details
  return new BrokerError(error.code, {
    ...(detail !== undefined && { detail: visible(detail) }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  })
}
