import { covers } from '@credbroker/core/anchor'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import type { Minted, MintOrder, VendorIo } from '../../provider.ts'
import { anchorOf } from './anchor.ts'
import { findingsOf } from './assess.ts'
import { createLeaseRole } from './lease-role.ts'
import { PUBLIC } from './principals.ts'
import { connectable, emptyDatabases, MAINTENANCE, systemIdentifier } from './reach.ts'
import { look, type Sight } from './rehearse.ts'
import type { Root } from './root.ts'
import { newPassword, scramVerifier } from './scram.ts'
import { retryingCollisions } from './server-error.ts'
import { type Session, withKeptSession } from './session.ts'
import type { Spec } from './spec.ts'

/**
 * One transaction: the role, its rights, and a look at what it could now do. It is kept only if that is within what was
 * decided. A name that exists is refused with `conflict` and left as it was, so a lost answer is revoked, never minted over.
 */
export async function mint(root: Root, spec: Spec, order: MintOrder, io: VendorIo): Promise<Minted<null>> {
  const password = newPassword(io.random)
  const verifier = scramVerifier(password, io.random)
  await withKeptSession(root, io, async (session) => {
    await expectAnchored(await systemIdentifier(session.sql), root.database, order)
    const empty = await emptyDatabases(root, io, await openTo(session, spec))
    await retryingCollisions(
      () =>
        session.transaction(async (sql) => {
          const seconds = (order.expiresAt.getTime() - io.now().getTime()) / 1000
          const login = { verifier, seconds, comment: commentOf(order) }
          const oid = await createLeaseRole(sql, session, root, spec, { name: order.name, login })
          expectWithin(await look(sql, session, oid, empty), root.database, order)
          // Whoever waited has gone: nothing is kept for them.
          io.signal.throwIfAborted()
        }),
      io.random,
    )
  })
  const { host, port, database, sslmode, ca } = root
  // Whoever checks no certificate is not to begin with it because of a file: libpq would.
  const trusted = ca !== undefined && sslmode.startsWith('verify-') ? { ca } : {}
  return {
    credential: { form: 'postgres', host, port, database, user: order.name, password, sslmode, ...trusted },
    handle: null,
    expiresAt: order.expiresAt,
  }
}

/** Where a role without memberships gets only what PUBLIC gets, nothing else is worth a look, which costs a connection each. */
const openTo = async ({ sql }: Session, spec: Spec): Promise<readonly string[]> =>
  spec.roles.length > 0 ? MAINTENANCE : await connectable(sql, [PUBLIC])

async function expectAnchored(
  cluster: string | undefined,
  database: string,
  order: MintOrder,
): Promise<void> {
  const here = cluster === undefined ? undefined : anchorOf(cluster, database)
  if (here !== undefined && order.within.anchors.some((anchor) => covers(anchor, here))) return
  throw new BrokerError('reach_refused', {
    problems: [
      { at: 'root', message: 'the database that answers is not among the anchors of the environment' },
    ],
  })
}

function expectWithin(sight: Sight, own: string, order: MintOrder): void {
  const problems: Problem[] = findingsOf(sight, own).map(({ code, message }) => ({ at: code, message }))
  const more = sight.access.filter((level) => !order.within.access.includes(level))
  for (const level of more) {
    const because = sight.evidence.find((each) => each.access === level)?.because
    problems.push({
      at: level,
      message: `more than was decided${because === undefined ? '' : `: ${because}`}`,
    })
  }
  if (problems.length > 0) throw new BrokerError('reach_refused', { problems })
}

const commentOf = ({ labels }: MintOrder): string =>
  `credbroker agent=${labels.agent} owner=${labels.owner} task=${labels.task} environment=${labels.environment}`
