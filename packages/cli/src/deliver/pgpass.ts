import type { PostgresCredential } from '@credbroker/core/credential'

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line end inside a field would start another line
const CONTROL = /[\u0000-\u001f\u007f]/

/** One line of a libpq password file. @throws Error for a value that the format cannot carry */
export function pgpassLine(credential: PostgresCredential): string {
  const { host, port, database, user, password } = credential
  const fields = [host, String(port), database, user, password.expose()]
  if (host.startsWith('#') || [host, database, user].some((field) => field === '*'))
    throw new Error('a password file cannot carry this host, database or user')
  return `${fields.map((field) => clean(field).replace(/[\\:]/g, '\\$&')).join(':')}\n`
}

/** One section of a libpq service file. The password is not in it. `rootCert`: whom to trust, a file. @throws Error for a value that the format cannot carry */
export function pgService(name: string, credential: PostgresCredential, rootCert?: string): string {
  const { host, port, database, user, sslmode } = credential
  const settings = { host, port, dbname: database, user, sslmode, ...(rootCert && { sslrootcert: rootCert }) }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${clean(String(value))}`)
  return `[${name}]\n${lines.join('\n')}\n`
}

function clean(value: string): string {
  if (CONTROL.test(value) || value.trim() !== value)
    throw new Error('a connection value has control characters or outer spaces')
  return value
}
