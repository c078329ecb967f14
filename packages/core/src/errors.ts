import { BROKER_ERRORS } from './errors/broker.ts'
import { DECISION_ERRORS } from './errors/decision.ts'
import { GATEWAY_ERRORS } from './errors/gateway.ts'
import { IDENTITY_ERRORS } from './errors/identity.ts'
import { OAUTH_ERRORS } from './errors/oauth.ts'
import { REQUEST_ERRORS } from './errors/request.ts'
import { VENDOR_ERRORS } from './errors/vendor.ts'

/**
 * Every error a caller can meet. A code is permanent: it is documented in docs/errors.md (generated from this table),
 * and programs branch on it. `oauth` is the code that OAuth endpoints answer instead (RFC 6749 §5.2 fixes their set).
 */
export const ERRORS = {
  ...REQUEST_ERRORS,
  ...OAUTH_ERRORS,
  ...IDENTITY_ERRORS,
  ...DECISION_ERRORS,
  ...GATEWAY_ERRORS,
  ...VENDOR_ERRORS,
  ...BROKER_ERRORS,
} as const

export type ErrorCode = keyof typeof ERRORS

/** One fault in the input: where it is, and what is wrong there. Never the value found there. */
export interface Problem {
  readonly at: string
  readonly message: string
}

export interface ErrorDetails {
  /** For people, about names and limits we know ourselves; never an echo of untrusted input. */
  readonly detail?: string
  readonly problems?: readonly Problem[]
  /** For agents: what would have to be true. */
  readonly required?: readonly string[]
  /** The question that waits for a person; the answer says where they answer it. */
  readonly approval?: string
  readonly retryAfterSeconds?: number
  /** Private: goes to the log, never into a response. */
  readonly cause?: unknown
}

/** An error with a code from {@link ERRORS}. Anything else that reaches the border becomes a bare `internal`. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(
      details.detail ?? ERRORS[code].title,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.code = code
    this.details = details
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}
