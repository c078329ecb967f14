import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { connect } from '../connect.ts'
import type { DatabaseTarget } from '../database-url.ts'
import { StartupError } from '../startup-error.ts'
import { livingOwner, removeOwnerFile, writeOwnerFile } from './owner-file.ts'
import type { StatePaths } from './state-directory.ts'

/** Two numbers that only have to differ from those of other advisory locks: "cred", "brok". */
const lockClass = 0x63726564
const lockId = 0x62726f6b
/** A killed broker's session lives until the server has seen that its socket is gone. */
const patienceMs = 2_000
const retryMs = 50

export interface OwnerLock {
  /** Keeps the lock while `work` ends the server, so that no other broker comes in between. */
  releaseAfter(work: () => Promise<void>): Promise<void>
}

/**
 * Takes the session lock that says which broker owns this state directory, and keeps it: when its connection is lost
 * (PostgreSQL was restarted) it is taken again.
 *
 * @param onLost called once if another broker has taken it meanwhile: this one must stop
 * @throws StartupError `state_locked`, naming the owner's process id
 */
export async function takeOwnerLock(
  target: DatabaseTarget,
  paths: StatePaths,
  onLost: (error: StartupError) => void,
): Promise<OwnerLock> {
  let released = false
  let held = false
  let owner = false
  const sql = connect(target, {
    max: 1,
    statementTimeoutSeconds: 0,
    applicationName: `credbroker owner ${process.pid}`,
    onClose: () => {
      if (held && !released) void regain()
      held = false
    },
  })

  const regain = async () => {
    while (!released) {
      try {
        await take()
        return
      } catch (error) {
        if (error instanceof StartupError && !released) {
          owner = false
          return onLost(error)
        }
        await delay(retryMs)
      }
    }
  }
  const take = async () => {
    const until = Date.now() + patienceMs
    while (!released) {
      const [row] = await sql`SELECT pg_try_advisory_lock(${lockClass}, ${lockId}) AS taken`
      held = row?.['taken'] === true
      const other = await livingOwner(paths)
      if (held && other === undefined) return await writeOwnerFile(paths)
      if (Date.now() > until) throw lockedBy(other ?? (await ownerOf(sql)), paths.root)
      if (held) await sql`SELECT pg_advisory_unlock(${lockClass}, ${lockId})`
      held = false
      await delay(retryMs)
    }
  }
  const releaseAfter = async (work: () => Promise<void>) => {
    released = true
    await work()
    if (owner) await removeOwnerFile(paths)
    await sql.end({ timeout: 1 })
  }
  try {
    await take()
    owner = true
  } catch (error) {
    await releaseAfter(async () => {})
    throw error
  }
  return { releaseAfter }
}

async function ownerOf(sql: Sql): Promise<string> {
  const [owner] = await sql<{ name: string }[]>`
    SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = ${lockClass} AND l.objid = ${lockId}`
  return /^credbroker owner (\d+)$/.exec(owner?.name ?? '')?.[1] ?? 'unknown'
}

const lockedBy = (pid: number | string, root: string) =>
  new StartupError(
    'state_locked',
    `Another broker (process ${pid}) owns the state directory ${dirname(root)}.`,
    'Stop it, use it, or start this one with another --state DIR.',
  )
