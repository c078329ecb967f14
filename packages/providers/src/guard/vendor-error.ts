import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import type { Redact } from './visible-text.ts'

/** What a kind may say itself. Anything else it throws is the vendor's, or a fault of ours. */
const SPOKEN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_request',
  'conflict',
  'root_unusable',
  'reach_refused',
  'ttl_below_floor',
  'vendor_refused',
  'vendor_unavailable',
  'capability_absent',
])

const UNREACHABLE =
  /^(E(CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND|PROTO)|ABORT_ERR|CONNECT(ION)?_[A-Z_]+|UND_ERR_[A-Z_]+|(HPE|ERR_(SSL|TLS))_[A-Z_]+)$/

/** What is kept of a vendor's error: its class and code. Its text can quote statements, parameters and keys. */
class VendorError extends Error {
  override readonly name = 'VendorError'
  readonly kind: string
  readonly code: string

  constructor(kind: string, code: string) {
    super(`${kind} ${code}`)
    this.kind = kind
    this.code = code
  }
}

const word = (value: unknown, fallback: string): string =>
  typeof value === 'string' && /^[A-Za-z0-9_.]{1,60}$/.test(value) ? value : fallback

const reduce = (error: unknown): VendorError => {
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  return new VendorError(word(name, 'Error'), word(code, 'unknown'))
}

/** A `TypeError` and the like is a fault in the kind: nothing that the vendor's operators could mend. */
const codeOf = (error: unknown, { kind, code }: VendorError): ErrorCode => {
  if (UNREACHABLE.test(code) || /^(Abort|Timeout)Error$/.test(kind)) return 'vendor_unavailable'
  const ours = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  return ours ? 'internal' : 'vendor_refused'
}

/** Turns whatever a kind threw into an error that can be shown and logged. */
export function vendorError(error: unknown, redact: Redact): BrokerError {
  if (!(error instanceof BrokerError)) {
    const cause = reduce(error)
    return new BrokerError(codeOf(error, cause), { cause })
  }
  if (!SPOKEN.has(error.code)) return new BrokerError('internal', { cause: reduce(error) })
  const { detail, problems, required, retryAfterSeconds, cause } = error.details
  return new BrokerError(error.code, {
    ...(detail === undefined ? {} : { detail: redact(detail) }),
    ...(problems && {
      problems: problems.map(({ at, message }) => ({ at: redact(at), message: redact(message) })),
    }),
    ...(required && { required: required.map(redact) }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(cause === undefined ? {} : { cause: reduce(cause) }),
  })
}
