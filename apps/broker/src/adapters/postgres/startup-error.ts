export type StartupFault =
  | 'binaries_missing'
  | 'binaries_unusable'
  | 'os_user_missing'
  | 'state_unreachable'
  | 'state_unsafe'
  | 'state_locked'
  | 'state_damaged'
  | 'initdb_failed'
  | 'postgres_failed'
  | 'url_invalid'
  | 'unreachable'
  | 'login_refused'
  | 'database_missing'
  | 'version_too_old'
  | 'not_writable'
  | 'no_permission'
  | 'wrong_encoding'
  | 'wrong_database'
  | 'schema_newer'
  | 'port_taken'

/**
 * Why the broker cannot start, in words for the person at the keyboard. The message holds what is wrong and
 * `todo` what to do about it; neither ever holds a password, a connection URL or a query.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError'
  readonly fault: StartupFault
  readonly todo: string

  constructor(fault: StartupFault, what: string, todo: string) {
    super(`${what} ${todo}`)
    this.fault = fault
    this.todo = todo
  }
}
