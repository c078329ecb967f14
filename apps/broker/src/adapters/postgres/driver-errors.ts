import { BrokerError, type ErrorCode } from '@credbroker/core/errors'

/** What is kept of a driver's error: names from our own schema and standard codes. Never a value. */
export interface DriverFault {
  /** SQLSTATE or the driver's or system's own code (`CONNECTION_CLOSED`, `ECONNREFUSED`). */
  readonly code: string | undefined
  readonly constraint?: string
  readonly table?: string
  /** Nothing was changed and the same statement may succeed: serialisation failure or deadlock. */
  readonly collided: boolean
  /** The connection broke after the statement was sent: it may have taken effect. Never repeat it blindly. */
  readonly mayHaveHappened: boolean
}

/** An error of the database, stripped of query text, parameters and values. */
export class StoreError extends BrokerError {
  readonly fault: DriverFault

  constructor(code: ErrorCode, fault: DriverFault, detail?: string) {
    super(code, { ...(detail === undefined ? {} : { detail }), cause: fault })
    this.fault = fault
  }
}

/** The name of the constraint that refused a row, so that a store can say which rule was broken. */
export function constraintOf(error: unknown): string | undefined {
  return error instanceof StoreError ? error.fault.constraint : undefined
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; a two-letter key stands for its class. */
const bySqlState: Readonly<Record<string, ErrorCode>> = {
  22021: 'invalid_request', // character_not_in_repertoire: a NUL in what was sent
  '22P05': 'invalid_request', // untranslatable_character: the same inside a document
  23505: 'conflict', // unique_violation
  23503: 'conflict', // foreign_key_violation
  '23P01': 'conflict', // exclusion_violation
  40001: 'store_unavailable', // serialization_failure
  '40P01': 'store_unavailable', // deadlock_detected
  '55P03': 'store_unavailable', // lock_not_available
  25006: 'store_unavailable', // read_only_sql_transaction: the old primary of a fail-over
  57014: 'store_unavailable', // query_canceled: our own statement timeout
  '08': 'store_unavailable', // connection exception
  28: 'store_unavailable', // the login was refused: the password was changed under us
  '3D': 'store_unavailable', // the database is gone
  53: 'store_unavailable', // disk, memory or connections exhausted
  '57P': 'store_unavailable', // the server is going down or coming up
  58: 'store_unavailable', // system error
}

const neverSent = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
  'CONNECT_TIMEOUT',
])
const cutOff = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
])

/**
 * Turns whatever drizzle or postgres.js threw into an error of ours. Their errors carry bound parameters, query
 * text and row values (drizzle-orm#5939), so nothing of them is kept but codes and names; see {@link DriverFault}.
 * An error that is ours already is answered unchanged.
 */
export function toBrokerError(error: unknown): BrokerError {
  if (error instanceof BrokerError) return error
  const source = withCode(error)
  const code = text(source?.['code'], /^[A-Z0-9_]{2,40}$/)
  const sqlState = code?.length === 5 && source?.['severity'] !== undefined
  const constraint = text(source?.['constraint_name'], /^\w{1,63}$/)
  const table = text(source?.['table_name'], /^\w{1,63}$/)
  const lost = code !== undefined && !sqlState && (cutOff.has(code) || neverSent.has(code))
  const fault: DriverFault = {
    code,
    ...(constraint === undefined ? {} : { constraint }),
    ...(table === undefined ? {} : { table }),
    collided: sqlState && (code === '40001' || code === '40P01'),
    // A server that ends a connection while a statement runs is seen as a cut; its farewell reaches only
    // a statement that was not sent yet.
    mayHaveHappened: code !== undefined && !sqlState && cutOff.has(code),
  }
  const answer = sqlState ? fromSqlState(code) : lost ? 'store_unavailable' : 'internal'
  return new StoreError(
    answer,
    fault,
    fault.collided ? 'Two changes collided; this one was undone.' : undefined,
  )
}

/** Runs `work` and lets only errors of ours out of it. */
export async function guarded<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toBrokerError(error)
  }
}

const fromSqlState = (code: string): ErrorCode =>
  bySqlState[code] ?? bySqlState[code.slice(0, 3)] ?? bySqlState[code.slice(0, 2)] ?? 'internal'

/** Drizzle wraps the driver's error, and Node wraps the attempts at several addresses. */
function withCode(error: unknown): Record<string, unknown> | undefined {
  let current = error
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    const fields = current as Record<string, unknown>
    if (typeof fields['code'] === 'string') return fields
    current = fields['cause']
  }
  return undefined
}

const text = (value: unknown, shape: RegExp): string | undefined =>
  typeof value === 'string' && shape.test(value) ? value : undefined
