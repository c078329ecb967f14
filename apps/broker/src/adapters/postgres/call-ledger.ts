import type { Fragment, JSONValue, Sql } from 'postgres'
import type { CallLedger } from '../../ports/call-ledger.ts'
import { guardedStore } from './guarded-store.ts'

export const callLedger = (sql: Sql): CallLedger =>
  guardedStore<CallLedger>({
    // Takes no lock on task and grants: a call that begins while its end is being committed begins before it, and is
    // cut with all the others. Only the approval is taken, from exactly what it was.
    begin: async ({ configVersion, task, grants, lease, approval, intent }) => {
      const [row] = await sql<{ live: boolean; current: boolean; begun: boolean }[]>`
        WITH standing AS MATERIALIZED (
          SELECT ${alive(sql, grants)} = ${grants.length} AND ${lease === undefined ? sql`true` : leased(sql, sql`${lease}`)} AS live, head.version = ${configVersion} AS current,
            EXISTS (SELECT FROM grants WHERE id = ANY (${[...grants]}::text[]) AND task_id = ${task}) AS own
          FROM config_head head),
        free AS (SELECT FROM standing WHERE live AND own AND current),
        ${
          approval
            ? sql`ready AS (
                UPDATE approvals SET body = ${sql.json(approval.after.body as unknown as JSONValue)}, mac = ${approval.after.mac}
                FROM free WHERE approvals.id = ${approval.before.body.id} AND approvals.mac = ${approval.before.mac} RETURNING approvals.id)`
            : sql`ready AS (SELECT FROM free)`
        },
        begun AS (
          INSERT INTO audit_pending (record, leaf) SELECT ${intent.record}, ${intent.leaf}::bytea FROM ready RETURNING 1)
        SELECT live AND own AS live, current, EXISTS (SELECT FROM begun) AS begun FROM standing`
      if (row?.begun) return 'begun'
      if (!row?.live) return 'gone'
      return row.current ? 'spent' : 'stale'
    },

    dead: async (ids) =>
      (
        await sql<{ id: string }[]>`
          SELECT wanted.id FROM unnest(${[...ids]}::text[]) AS wanted (id)
          WHERE NOT EXISTS (SELECT FROM grants g JOIN tasks t ON t.id = g.task_id WHERE g.id = wanted.id AND ${living(sql)})
            AND NOT ${leased(sql, sql`wanted.id`)}`
      ).map(({ id }) => id),
  })

const alive = (sql: Sql, grants: readonly string[]) => sql`(
  SELECT count(*) FROM grants g JOIN tasks t ON t.id = g.task_id WHERE g.id = ANY (${[...grants]}::text[]) AND ${living(sql)})`

const leased = (sql: Sql, id: Fragment) => sql`
  EXISTS (SELECT FROM leases l WHERE l.id = ${id} AND l.state = 'active')`

const living = (sql: Sql) => sql`g.state = 'active' AND g.ends_at > clock_timestamp() AND t.state = 'active'
  AND t.ends_at > clock_timestamp() AND (t.heartbeat_due IS NULL OR t.heartbeat_due > clock_timestamp())`
