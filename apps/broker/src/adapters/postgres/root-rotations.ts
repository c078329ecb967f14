import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Sql, TransactionSql } from 'postgres'
import type { Sealed } from '../../ports/keyring.ts'
import type { DueRetirement, RetirementQueue, RotationStore } from '../../ports/rotation-store.ts'
import { guarded } from './driver-errors.ts'
import { guardedStore } from './guarded-store.ts'

/** Each holds a connection of the pool for as long as its vendor takes. */
const AT_ONCE = 4
/** Well within what a server or a watched socket grants a connection that is silent. */
const BEAT_MS = 4000

/** True where nobody rotates this root; then nobody does until the transaction is over. */
export async function tryLockRotation(tx: TransactionSql, root: string): Promise<boolean> {
  const [row] = await tx<{ locked: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${`rotate:${root}`}, 0)) AS locked`
  return row?.locked === true
}

export function rotationStore(sql: Sql): RotationStore {
  let running = 0

  /**
   * The lock is the database's: it ends with the connection, and so with the process. Where only the connection is lost, the
   * writes of a rotation still find out whether another one was faster.
   */
  async function exclusively<Answer>(root: string, work: () => Promise<Answer>): Promise<Answer> {
    if (running >= AT_ONCE) throw busy('Other roots are being rotated at this moment; try again')
    running++
    let worked: { answer: Answer } | { error: unknown } | undefined
    try {
      await guarded(() =>
        sql.begin(async (tx) => {
          if (!(await tryLockRotation(tx, root)))
            throw busy('The root is being rotated at this moment; try again')
          const beat = setInterval(() => void tx`SELECT 1`.catch(() => undefined), BEAT_MS)
          worked = await work()
            .then((answer) => ({ answer }))
            .catch((error: unknown) => ({ error }))
            .finally(() => clearInterval(beat))
        }),
      ).catch((error: unknown) => {
        // Whatever became of the lock by now: the work was done.
        worked ??= { error }
      })
    } finally {
      running--
    }
    if (worked && 'answer' in worked) return worked.answer
    throw worked?.error
  }

  return {
    exclusively,
    ...guardedStore<Omit<RotationStore, 'exclusively'>>({
      plan: async ({ root, version, sealed }) => {
        const [stored] = await sql<{ sealed: Sealed }[]>`
          WITH planned AS (
            INSERT INTO root_secrets (root, version, provider, sealed, state)
            SELECT name, ${version}, body ->> 'provider', ${sealed}, 'next' FROM roots WHERE name = ${root}
            ON CONFLICT DO NOTHING RETURNING sealed)
          SELECT sealed FROM planned UNION ALL
          SELECT sealed FROM root_secrets WHERE root = ${root} AND version = ${version} AND state = 'next'`
        if (!stored) throw new BrokerError('conflict', { detail: 'The root’s credential changed meanwhile' })
        return stored.sealed
      },

      unfinished: async (root) => {
        const rows = await sql<{ version: number; state: string; attempts: number }[]>`
          SELECT version, state, attempts FROM root_secrets
          WHERE root = ${root} AND state IN ('next', 'retiring') ORDER BY version`
        return {
          halfway: rows.some(({ state }) => state === 'next'),
          retiring: rows.filter(({ state }) => state === 'retiring'),
        }
      },
    }),
  }
}

const busy = (detail: string) => new BrokerError('conflict', { detail })

/** The vendor is asked twice: to end it, and whether it is dead. */
const HOLD = `${2 * LIMITS.mintTimeoutSeconds + 4} seconds`

export const retirementQueue = (sql: Sql): RetirementQueue => {
  const take = (which: ReturnType<typeof sql>, limit: number) => sql<DueRetirement[]>`
    UPDATE root_secrets r SET attempts = r.attempts + 1, locked_until = clock_timestamp() + ${HOLD}::interval
    FROM (SELECT root, version FROM root_secrets WHERE state = 'retiring' AND ${which}
        AND (locked_until IS NULL OR locked_until < clock_timestamp())
      ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED) AS due
    WHERE r.root = due.root AND r.version = due.version
    RETURNING r.root, r.version, r.provider, r.sealed, r.attempts`
  return guardedStore<RetirementQueue>({
    take: (limit) => take(sql`due_at <= clock_timestamp()`, limit),
    takeOf: (root) => take(sql`root = ${root}`, 8),
    settle: async ({ root, version }, result) => {
      await (result === 'retired'
        ? sql`UPDATE root_secrets SET state = 'retired', locked_until = NULL, last_error = NULL
            WHERE root = ${root} AND version = ${version} AND state = 'retiring'`
        : sql`UPDATE root_secrets SET locked_until = NULL, last_error = ${result.error},
              due_at = clock_timestamp() + make_interval(secs => ${result.retryAfterSeconds})
            WHERE root = ${root} AND version = ${version} AND state = 'retiring'`)
    },
  })
}
