import type { VendorIo } from '../../provider.ts'
import type { Session } from './session.ts'

const ROUNDS = 40
const PAUSE_MILLISECONDS = 50

/**
 * Ends every session of a role that can no longer log in, until it has been seen without any twice in a row: one that
 * was let in just before the lock shows itself a moment later. False when the server has not ended them in time.
 */
export async function endSessions({ sql }: Session, roleOid: string, io: VendorIo): Promise<boolean> {
  let quiet = 0
  for (let round = 0; round < ROUNDS && !io.signal.aborted; round++) {
    const sessions = await sql.run(
      'SELECT pid, pg_terminate_backend(pid, 500) AS ended FROM pg_stat_activity WHERE usesysid = $1::text::oid',
      [roleOid],
    )
    quiet = sessions.length === 0 ? quiet + 1 : 0
    if (quiet === 2) return true
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS))
  }
  return false
}
