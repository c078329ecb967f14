import { StoreError, toBrokerError } from './driver-errors.ts'
import { StartupError } from './startup-error.ts'

/**
 * Says in plain words why the first connection failed. The server is not named: in a URL with an unescaped
 * password, what looks like a host may be a piece of the password.
 */
export function explainConnectFailure(error: unknown): StartupError {
  if (error instanceof StartupError) return error
  const mapped = toBrokerError(error)
  const code = mapped instanceof StoreError ? (mapped.fault.code ?? '') : ''
  if (code === '3D000') {
    return new StartupError(
      'database_missing',
      'The server has no database of the name in DATABASE_URL.',
      'Make it (CREATE DATABASE credbroker), or correct the name.',
    )
  }
  if (code.startsWith('28')) {
    return new StartupError(
      'login_refused',
      'The database server refused the user or password in DATABASE_URL.',
      'Check both, and that pg_hba.conf lets this user in from here, with or without TLS.',
    )
  }
  if (code === '08P01') {
    return new StartupError(
      'unreachable',
      'What answers is not a plain PostgreSQL server; a connection pooler refuses what the broker needs.',
      'Point DATABASE_URL at the server itself: locks and notifications need real sessions.',
    )
  }
  if (code === '42501') {
    return new StartupError(
      'no_permission',
      'The database role may not connect to this database.',
      'GRANT CONNECT on the database to the role, or make the role its owner.',
    )
  }
  if (/CERT|^ERR_TLS|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return new StartupError(
      'unreachable',
      `The certificate of the database server was not accepted (${code}).`,
      'Name the right host, and give its certificate authority with sslrootcert=FILE.',
    )
  }
  return new StartupError(
    'unreachable',
    `The database server does not answer${code ? ` (${code})` : ''}.`,
    'Check host and port in DATABASE_URL, that the server runs, and that sslmode fits it.',
  )
}
