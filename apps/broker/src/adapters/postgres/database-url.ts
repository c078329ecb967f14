import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import { Secret } from '@credbroker/core/secret'
import { StartupError } from './startup-error.ts'

/** Where a database is and who we are there. Prints nothing secret. */
export interface DatabaseTarget {
  /** Names or addresses to try in turn, or one absolute directory that holds a Unix socket. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  readonly database: string
  readonly user: string
  readonly password: Secret
  /** `false`: plain; `'prefer'`: encrypted if the server can. */
  readonly tls: false | 'prefer' | ConnectionOptions
  readonly connectTimeoutSeconds: number
  /** Startup options of the operator's own, such as Neon's `endpoint=…`; ours win over them. */
  readonly options?: string
}

const known = [
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'connect_timeout',
  'options',
  'channel_binding',
  // Accepted and without effect: we name ourselves, need a primary anyway, and speak no GSSAPI.
  'application_name',
  'target_session_attrs',
  'gssencmode',
] as const

type Parameters = Readonly<Partial<Record<(typeof known)[number], string>>>

/**
 * Reads a `postgres://` or `postgresql://` URL as libpq does
 * (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS).
 *
 * @throws StartupError `url_invalid`, which names the faulty part and never holds any of it: a password with
 *   an unescaped `/`, `?` or `#` ends up in any part
 */
export function parseDatabaseUrl(url: Secret): DatabaseTarget {
  const parts =
    /^postgres(?:ql)?:\/\/(?:([^@/?#]*(?:@[^@/?#]+)*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(
      url.expose().trim(),
    )
  if (!parts) throw invalid('it does not have the form postgres://USER:PASSWORD@HOST:PORT/DATABASE')
  const [, login = '', places = '', path = '', query = ''] = parts
  const parameters = readParameters(query)
  const colon = login.indexOf(':')
  const name = decode(colon < 0 ? login : login.slice(0, colon)) || parameters.user
  if (!name) throw invalid('it names no user')
  const database = decode(path) || parameters.dbname
  if (!database) throw invalid('it names no database')
  const hosts = readHosts(parameters.host ?? places, parameters.port)
  return {
    hosts,
    database,
    user: name,
    password: new Secret((colon < 0 ? '' : decode(login.slice(colon + 1))) || (parameters.password ?? '')),
    tls: hosts.some(({ host }) => host.startsWith('/')) ? false : readTls(parameters, hosts),
    connectTimeoutSeconds: positive(parameters.connect_timeout ?? '10', 'connect_timeout', 3600),
    ...(parameters.options ? { options: parameters.options } : {}),
  }
}

function readParameters(query: string): Parameters {
  const found: Partial<Record<string, string>> = {}
  for (const pair of query.split('&').filter(Boolean)) {
    const [key = '', ...value] = pair.split('=')
    if (!(known as readonly string[]).includes(key)) {
      throw invalid(`it has a parameter that is not known here; known are ${known.join(', ')}`)
    }
    found[key] = decode(value.join('='))
  }
  if (found['channel_binding'] === 'require') {
    throw invalid('channel_binding=require is not possible; sslmode=verify-full protects as well')
  }
  return found
}

function readHosts(places: string, ports: string | undefined): DatabaseTarget['hosts'] {
  return (places || 'localhost').split(',').map((place, index) => {
    const [, bracketed, plain, own] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*))(?::(\d*))?$/i.exec(place) ?? []
    const host = bracketed ?? decode(plain ?? '')
    if (!host) throw invalid('a host in it is malformed')
    const shared = ports?.split(',')
    return { host, port: positive(own || shared?.[index] || shared?.[0] || '5432', 'port', 65_535) }
  })
}

function readTls(parameters: Parameters, hosts: DatabaseTarget['hosts']): DatabaseTarget['tls'] {
  const { sslmode = 'prefer', sslrootcert, sslcert, sslkey } = parameters
  const files = {
    ...(sslrootcert && sslrootcert !== 'system' ? { ca: readPem(sslrootcert, 'sslrootcert') } : {}),
    ...(sslcert ? { cert: readPem(sslcert, 'sslcert') } : {}),
    ...(sslkey ? { key: readPem(sslkey, 'sslkey') } : {}),
  }
  const anyName = { checkServerIdentity: () => undefined }
  const full = { ...files, ...itsAddress(hosts) }
  switch (sslmode) {
    case 'disable':
      return false
    case 'allow':
    case 'prefer':
      return sslrootcert === 'system' ? itsAddress(hosts) : 'prefer'
    case 'require':
      if (sslrootcert === 'system') return full
      // libpq: with a root certificate at hand, `require` checks the chain as well.
      return 'ca' in files ? { ...files, ...anyName } : { ...files, rejectUnauthorized: false }
    case 'verify-ca':
      return { ...files, ...anyName }
    case 'verify-full':
      return full
    default:
      throw invalid('its sslmode is none of disable, allow, prefer, require, verify-ca, verify-full')
  }
}

/**
 * The driver names no server to an address, for that is not allowed (RFC 6066 §3), and Node then compares the certificate
 * with `localhost`. Where several addresses are listed, it may be any of theirs.
 */
function itsAddress(hosts: DatabaseTarget['hosts']): Pick<ConnectionOptions, 'checkServerIdentity'> {
  const names = hosts.map(({ host }) => host)
  const addresses = names.filter((host) => isIP(host) !== 0)
  if (addresses.length === 0) return {}
  return {
    checkServerIdentity: (name, certificate) => {
      if (names.includes(name)) return checkServerIdentity(name, certificate)
      const faults = addresses.map((address) => checkServerIdentity(address, certificate))
      return faults.includes(undefined) ? undefined : faults[0]
    },
  }
}

function readPem(path: string, parameter: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw invalid(`the file that its ${parameter} names cannot be read`)
  }
}

function positive(value: string, what: string, max: number): number {
  const number = Number(value)
  if (Number.isInteger(number) && number > 0 && number <= max) return number
  throw invalid(`its ${what} is not a number from 1 to ${max}`)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid('a % in it does not start an escape')
  }
}

const invalid = (why: string) =>
  new StartupError(
    'url_invalid',
    `DATABASE_URL is not usable: ${why}.`,
    'Write special characters in the user or password as %XX (@ as %40, / as %2F, % as %25).',
  )
