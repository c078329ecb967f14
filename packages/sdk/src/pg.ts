import type { PostgresCredential } from '@credbroker/core/credential'
import { LeaseEndedError } from './errors.ts'
import { formOf } from './form.ts'
import type { Io } from './io.ts'
import type { LeaseHandle } from './lease-handle.ts'

/** A configuration for `Client` or `Pool` of node-postgres. */
export interface PgConfig {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: () => Promise<string>
  readonly ssl:
    | false
    | {
        readonly rejectUnauthorized: boolean
        readonly ca?: string
        readonly host?: string
        readonly checkServerIdentity?: () => undefined
      }
}

/**
 * node-postgres reads the user name once, and a lease is a user of its own: a pool made of this lives as long as the
 * lease (until the grant's end, or the scope's `maxTtl` if that is sooner). After that, connecting fails with
 * {@link LeaseEndedError}; ask again and make a new pool. It cannot try TLS first, so `prefer` means no TLS here.
 * @internal
 */
export async function pgConfig(handle: LeaseHandle, io: Io): Promise<PgConfig> {
  const lease = await handle.current()
  const credential = formOf('postgres', lease)
  const { host, port, database, user, password } = credential
  return {
    host,
    port,
    database,
    user,
    password: async () => {
      if (io.now() >= lease.expiresAt) throw new LeaseEndedError(lease.scope)
      return password.expose()
    },
    ssl: sslOf(credential),
  }
}

function sslOf({ sslmode, ca, host }: PostgresCredential): PgConfig['ssl'] {
  const trusted = ca === undefined ? {} : { ca }
  switch (sslmode) {
    case 'disable':
    case 'prefer':
      return false
    case 'require':
      return { rejectUnauthorized: false }
    case 'verify-ca':
      return { rejectUnauthorized: true, ...trusted, checkServerIdentity: () => undefined }
    case 'verify-full':
      // Where the host is an address, Node would look for `localhost` in the certificate.
      return { rejectUnauthorized: true, ...trusted, host }
  }
}
