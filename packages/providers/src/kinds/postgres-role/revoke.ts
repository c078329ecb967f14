import { BrokerError } from '@credbroker/core/errors'
import type { LeaseAtVendor, RevocationResult, VendorIo } from '../../provider.ts'
import { endSessions, hasSessions } from './end-sessions.ts'
import type { EndedLease } from './hand-over.ts'
import { heirOf } from './heir.ts'
import { quoteIdentifier } from './identifier.ts'
import { type Cleared, clearDatabase } from './leftovers.ts'
import type { Root } from './root.ts'
import { retryingCollisions, serverError, sqlState } from './server-error.ts'
import { type Session, withKeptSession, withSession } from './session.ts'
import type { Spec } from './spec.ts'

const SESSION_LEFT = 'a session that the server has not ended yet'
const DEAD: RevocationResult = { credentialDead: true, sessionsDead: true }

/**
 * Lock the role, end its sessions, take back what it holds and owns in every database, drop it. The order matters: a role
 * that is dropped first leaves its sessions running. Every step may be repeated; a role that does not exist is dead.
 */
export async function revoke(
  root: Root,
  { name, spec }: LeaseAtVendor<Spec>,
  io: VendorIo,
): Promise<RevocationResult> {
  if (!name.startsWith('brk_') || name === root.user)
    throw new BrokerError('invalid_request', {
      problems: [{ at: 'name', message: 'not the name of a lease' }],
    })
  return withKeptSession(root, io, async (session) => {
    const role = await find(session, name)
    if (!role) return DEAD
    await lock(session, name, io)
    const remains: string[] = []
    const said: string[] = []
    const sessionsEnded = await endSessions(session, role, io)
    if (!sessionsEnded) remains.push(SESSION_LEFT)
    else {
      for (const database of await databasesOf(session, role, root.database)) {
        const cleared = await clear(root, session, database, { name, heir: heirOf(spec) }, io)
        remains.push(...cleared.remains)
        said.push(...cleared.said)
      }
      if (await hasSessions(session, role)) remains.push(SESSION_LEFT)
      if (remains.length === 0) remains.push(...(await drop(session, name, io)))
    }
    // What it left could still act with its rights (a SECURITY DEFINER function, say), so only a role that is gone is quiet.
    return {
      credentialDead: true,
      sessionsDead: remains.length === 0,
      ...(remains.length + said.length > 0 && { remains: [...remains, ...said] }),
    }
  })
}

async function find({ sql }: Session, name: string): Promise<string | undefined> {
  const [row] = await sql.run('SELECT oid::text FROM pg_roles WHERE rolname = $1', [name])
  return row && String(row['oid'])
}

async function lock(session: Session, name: string, io: VendorIo): Promise<void> {
  const role = quoteIdentifier(name)
  const how = session.version >= 16 ? ' WITH INHERIT TRUE, SET TRUE' : ''
  await retryingCollisions(async () => {
    await session.sql.run(`ALTER ROLE ${role} NOLOGIN PASSWORD NULL CONNECTION LIMIT 0`)
    // Done when it was minted; again, in case somebody took it back. A superuser needs none.
    if (!session.superuser) await session.sql.run(`GRANT ${role} TO CURRENT_USER${how}`)
    // At once for sessions that still run, and for good for whatever of its making cannot be dropped yet.
    const templates = await session.sql.run(
      `SELECT DISTINCT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles x ON x.oid = m.member
        WHERE x.rolname = $1`,
      [name],
    )
    for (const { rolname } of templates)
      await leave(session.sql, `REVOKE ${quoteIdentifier(String(rolname))} FROM ${role}`)
  }, io.random)
}

/** A root that lost its say over the template (a superuser by now, perhaps) goes on: the membership ends with the role. */
async function leave(sql: Session['sql'], statement: string): Promise<void> {
  try {
    await sql.run(statement)
  } catch (error) {
    if (sqlState(error) !== '42501') throw error
  }
}

/** Every database in which the catalogue, or a prepared transaction, knows the role, and the root's own. */
async function databasesOf({ sql }: Session, role: string, own: string): Promise<string[]> {
  const rows = await sql.run(
    `SELECT d.datname FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
      WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1::text::oid
     UNION SELECT x.database FROM pg_prepared_xacts x JOIN pg_roles r ON r.rolname = x.owner WHERE r.oid = $1::text::oid
     UNION SELECT $2`,
    [role, own],
  )
  return rows.map((row) => String(row['datname']))
}

async function clear(
  root: Root,
  session: Session,
  database: string,
  lease: EndedLease,
  io: VendorIo,
): Promise<Cleared> {
  const work = (there: Session) => retryingCollisions(() => clearDatabase(there, root.user, lease), io.random)
  try {
    return await (database === root.database ? work(session) : withSession(root, database, io, work))
  } catch (error) {
    io.signal.throwIfAborted()
    return { remains: [`database ${database}: ${(serverError(error) as Error).message}`], said: [] }
  }
}

async function drop({ sql }: Session, name: string, io: VendorIo): Promise<string[]> {
  try {
    await retryingCollisions(() => sql.run(`DROP ROLE IF EXISTS ${quoteIdentifier(name)}`), io.random)
    return []
  } catch (error) {
    if (sqlState(error) !== '2BP01') throw error
    return ['the role, on which something came to depend meanwhile']
  }
}
