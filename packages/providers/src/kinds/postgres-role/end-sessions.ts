import type { VendorIo } from '../../provider.ts'
import type { Session, Sql } from './session.ts'

const ROUNDS = 40
const PAUSE_MILLISECONDS = 50

/**
 * Ends every session of a role that can no longer log in. One that was let in just before the lock shows itself a moment
 * later, so it is over when none is there while nobody at all is on the way in, or else when it has been without any
 * twice in a row. False when the server has not ended them in time.
 */
export async function endSessions({ sql }: Session, roleOid: string, io: VendorIo): Promise<boolean> {
  let quiet = 0
  for (let round = 0; round < ROUNDS && !io.signal.aborted; round++) {
    const entering = await somebodyEnters(sql)
    const sessions = await sql.run(
      'SELECT pid, pg_terminate_backend(pid, 500) AS ended FROM pg_stat_activity WHERE usesysid = $1::text::oid',
      [roleOid],
    )
    quiet = sessions.length === 0 ? quiet + 1 : 0
    if (quiet === 2 || (quiet === 1 && !entering)) return true
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS))
  }
  return false
}

export async function hasSessions({ sql }: Session, roleOid: string): Promise<boolean> {
  const [row] = await sql.run(
    'SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usesysid = $1::text::oid) AS yes',
    [roleOid],
  )
  return row?.['yes'] !== false
}

/**
 * Whether a session may be beginning that `pg_stat_activity` does not name yet. A login is one transaction, open from before
 * the role is looked up until after the session is named there (InitPostgres, 15 to 18), and `pg_locks` shows every transaction
 * that is open. Locks are therefore read first. A server that does not show us our own one may hide others: then yes.
 */
async function somebodyEnters(sql: Sql): Promise<boolean> {
  const open = await sql.run(
    `SELECT pid, pid = pg_backend_pid() AS mine FROM pg_locks WHERE locktype = 'virtualxid' AND mode = 'ExclusiveLock' AND pid IS NOT NULL`,
  )
  if (!open.some(({ mine }) => mine === true)) return true
  const [row] = await sql.run(
    `SELECT EXISTS (SELECT FROM unnest($1::text::int[]) p(pid)
        WHERE NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = p.pid AND a.usesysid IS NOT NULL)) AS yes`,
    [`{${open.map(({ pid }) => Number(pid)).join(',')}}`],
  )
  return row?.['yes'] !== false
}
