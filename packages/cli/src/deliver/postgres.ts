import { rootCertificates } from 'node:tls'
import type { PostgresCredential } from '@credbroker/core/credential'
import { formOf } from '@credbroker/sdk/form'
import type { Lease } from '@credbroker/sdk/lease'
import type { Deliverer } from './delivery.ts'
import { keepFresh } from './keep-fresh.ts'
import { pgpassLine, pgService } from './pgpass.ts'

/**
 * libpq's own files: a service per scope, the passwords in a password file. A service wins over `PGUSER`, so a `psql`
 * started later signs in as the user of the lease of that moment, although the child's environment cannot change.
 * `PGHOST`, `PGUSER` and the like are for clients that read no service file; they see the first lease only.
 */
export const postgresDelivery: Deliverer = {
  form: 'postgres',
  deliver: async (leased, { files, io }) => {
    // Per scope, newest first: what signs in with the user of a lease still needs its password while it lives.
    const live = new Map<string, Lease[]>(leased.map(({ handle, lease }) => [handle.scope, [lease]]))
    const rootCert = (scope: string, lease: Lease) => {
      const authorities = authoritiesFor(formOf('postgres', lease))
      return authorities === undefined ? undefined : files.write(`${scope}.ca.pem`, authorities)
    }
    const write = () => {
      const current = [...live].flatMap(([scope, [newest]]) => (newest ? [[scope, newest] as const] : []))
      const lines = [...live.values()].flat().map((lease) => pgpassLine(formOf('postgres', lease)))
      const services = current.map(([scope, lease]) =>
        pgService(scope, formOf('postgres', lease), rootCert(scope, lease)),
      )
      // The password first: nobody may read of a user whose password is not there yet.
      return {
        PGPASSFILE: files.write('pgpass', lines.join('')),
        PGSERVICEFILE: files.write('pg_service.conf', services.join('\n')),
      }
    }
    const env = { ...write(), PGSYSCONFDIR: files.path }
    const [first] = leased
    if (!first) return { env, stop: () => {} }
    const stops = leased.map(({ handle }) =>
      keepFresh(handle, io, (lease) => {
        const alive = (live.get(handle.scope) ?? []).filter(
          ({ id, expiresAt }) => id !== lease.id && expiresAt > io.now(),
        )
        live.set(handle.scope, [lease, ...alive])
        write()
      }),
    )
    return {
      env: {
        ...env,
        PGSERVICE: first.handle.scope,
        ...(leased.length === 1 && connectionEnv(first.lease, rootCert(first.handle.scope, first.lease))),
      },
      stop: () => {
        for (const stop of stops) stop()
      },
    }
  },
}

/**
 * libpq knows no public authorities of its own before version 16, and looks into the user's home for others. It is to
 * trust whom the broker trusts: those of the root, or Node's.
 */
function authoritiesFor({ sslmode, ca }: PostgresCredential): string | undefined {
  if (!sslmode.startsWith('verify-')) return undefined
  return ca ?? `${rootCertificates.join('\n')}\n`
}

function connectionEnv(lease: Lease, rootCert: string | undefined): Record<string, string> {
  const { host, port, database, user, sslmode } = formOf('postgres', lease)
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: user,
    PGSSLMODE: sslmode,
    ...(rootCert && { PGSSLROOTCERT: rootCert }),
  }
}
