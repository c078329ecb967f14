import type { Socket } from 'node:net'
import type { PostgresCredential } from '@credbroker/core/credential'
import { coalesce } from './coalesce.ts'
import { formOf } from './form.ts'
import type { Io } from './io.ts'
import type { Lease } from './lease.ts'
import type { LeaseHandle } from './lease-handle.ts'
import { connectSocket } from './socket.ts'

/** Options for the `postgres` package. Every new connection signs in with the lease of that moment. */
export interface PostgresOptions {
  readonly host: string
  readonly port: number
  readonly database: string
  /** The user of the first lease. */
  readonly user: string
  readonly password: () => Promise<string>
  readonly ssl:
    | false
    | 'prefer'
    | 'require'
    | { readonly ca?: string; readonly host?: string; readonly checkServerIdentity?: () => undefined }
  /** Seconds; a connection is replaced before its lease can end under it. */
  readonly max_lifetime: number
  readonly connection: { readonly user: string }
  readonly socket: (options: LiveOptions) => Promise<Socket>
}

/** What `postgres` hands to `socket`: its own parsed options, which it reads again to write the startup message. */
export interface LiveOptions {
  readonly connection: Record<string, unknown>
}

const CONNECT_TIMEOUT_MS = 30_000

/** A connection that was handed over this long ago has signed in, or never will. */
const SIGN_IN_MS = 1_000

/**
 * A lease is a database user of its own, so a pool that outlives it has to change user *and* password. `postgres` asks
 * for `password` at every connection but for `user` only once. It makes the startup message of `options.connection`,
 * though, and calls `socket` just before: there the user is set. SCRAM takes the user from that message; MD5 hashes
 * the first one, so with MD5 passwords a pool lives as long as its first lease.
 * @internal
 */
export async function postgresOptions(handle: LeaseHandle, io: Io): Promise<PostgresOptions> {
  const first = await handle.current()
  const credential = formOf('postgres', first)
  const { host, port, database, user } = credential
  let announced = first
  let handedOver = 0
  const announce = coalesce(async () => {
    const lease = await handle.current()
    if (lease === announced) return
    // Who sent the old user still has to be given the old password.
    const rest = handedOver + SIGN_IN_MS - io.now().getTime()
    if (rest > 0) await io.sleep(rest)
    announced = lease
  })
  return {
    host,
    port,
    database,
    user,
    ssl: sslOf(credential),
    max_lifetime: connectionSeconds(first, io.now()),
    connection: { user },
    password: async () => formOf('postgres', announced).password.expose(),
    socket: async ({ connection }) => {
      const socket = await connectSocket(host, port, CONNECT_TIMEOUT_MS)
      try {
        await announce()
      } catch (error) {
        socket.destroy()
        throw error
      }
      connection['user'] = formOf('postgres', announced).user
      handedOver = io.now().getTime()
      return socket
    },
  }
}

/** A lease is renewed with a fifth of its life left, so any connection has at least that. */
function connectionSeconds(first: Lease, now: Date): number {
  const life = (first.expiresAt.getTime() - now.getTime()) / 1000
  return Math.max(1, Math.floor(first.cappedBy === 'grant' ? life : life / 5))
}

function sslOf({ sslmode, ca, host }: PostgresCredential): PostgresOptions['ssl'] {
  if (sslmode === 'disable') return false
  const trusted = ca === undefined ? {} : { ca }
  // The chain is checked, the name is not: that is what libpq means by it.
  if (sslmode === 'verify-ca') return { ...trusted, checkServerIdentity: () => undefined }
  // Where the host is an address, nobody else says which: Node would look for `localhost` in the certificate.
  return sslmode === 'verify-full' ? { ...trusted, host } : sslmode
}
