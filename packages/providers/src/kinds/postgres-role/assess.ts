import { BrokerError } from '@credbroker/core/errors'
import type { Assessment, Finding, VendorIo } from '../../provider.ts'
import { anchorOf } from './anchor.ts'
import { quoteIdentifier } from './identifier.ts'
import { createLeaseRole } from './lease-role.ts'
import { emptyDatabases, systemIdentifier } from './reach.ts'
import { look, rehearse, type Sight } from './rehearse.ts'
import type { Root } from './root.ts'
import { retryingCollisions } from './server-error.ts'
import { withSession } from './session.ts'
import type { Spec } from './spec.ts'

/**
 * Makes the role as a mint would, asks the server's own privilege functions about it, and undoes it all: nothing is
 * worked out here that the server could decide otherwise. The role cannot log in and no other session ever sees it.
 */
export async function assess(root: Root, spec: Spec, io: VendorIo): Promise<Assessment> {
  const empty = await emptyDatabases(root, io)
  return withSession(root, root.database, io, async (session) => {
    const cluster = await systemIdentifier(session.sql)
    if (cluster === undefined)
      throw new BrokerError('root_unusable', {
        detail: 'The root may not read the cluster’s system identifier',
      })
    const name = `brk_rehearsal_${Buffer.from(io.random(8)).toString('hex')}`
    const sight = await retryingCollisions(
      () =>
        rehearse(session, async (sql) =>
          look(sql, session, await createLeaseRole(sql, session, root, spec, { name }), empty),
        ),
      io.random,
    )
    return {
      access: sight.access,
      evidence: sight.evidence,
      reach: sight.databases.map((database) => anchorOf(cluster, database)),
      findings: findingsOf(sight, root.database),
    }
  })
}

/** What has to change at the server before anything is minted. */
export function findingsOf(sight: Sight, own: string): Finding[] {
  const others = sight.databases.filter((database) => database !== own)
  return [
    ...(others.length > 0 ? [publicConnect(others)] : []),
    ...(sight.foreign.length > 0 ? [foreignServer(sight.foreign)] : []),
  ]
}

export const publicConnect = (databases: readonly string[]): Finding => ({
  level: 'unsafe',
  code: 'public-connect',
  message: `A leased role could connect to ${databases.length === 1 ? 'another database' : 'other databases'} of this cluster. Run: ${databases
    .map((database) => `REVOKE CONNECT ON DATABASE ${quoteIdentifier(database)} FROM PUBLIC;`)
    .join(' ')} (after granting CONNECT to those who need it)`,
})

const foreignServer = (what: readonly string[]): Finding => ({
  level: 'unsafe',
  code: 'foreign-server',
  message: `A leased role could reach another server, which no anchor covers: ${what.join(', ')}. Leave them out of the scope or revoke them.`,
})
