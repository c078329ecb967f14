import type { Sql } from 'postgres'
import type { LivingWork, TaskReader } from '../../ports/task-store.ts'
import { guardedStore } from './guarded-store.ts'
import { type GrantRow, type TaskRow, toGrant, toTask } from './rows.ts'

const LIVING_AT_ONCE = 500

export const taskReader = (sql: Sql): TaskReader => {
  const withGrants = async (tasks: readonly TaskRow[]) => {
    const grants = await sql<GrantRow[]>`
      SELECT * FROM grants WHERE task_id = ANY (${tasks.map(({ id }) => id)}::text[]) ORDER BY id`
    return tasks.map((task) => ({
      task: toTask(task),
      grants: grants.filter(({ task_id }) => task_id === task.id).map(toGrant),
    }))
  }

  return guardedStore<TaskReader>({
    find: async (id) => (await withGrants(await sql<TaskRow[]>`SELECT * FROM tasks WHERE id = ${id}`))[0],

    list: async ({ agent, owner, environment, state, cursor, limit }) =>
      withGrants(
        await sql<TaskRow[]>`
        SELECT * FROM tasks WHERE true
          ${agent === undefined ? sql`` : sql`AND agent = ${agent}`}
          ${owner === undefined ? sql`` : sql`AND owner = ${owner}`}
          ${environment === undefined ? sql`` : sql`AND environment = ${environment}`}
          ${state === undefined ? sql`` : sql`AND state = ${state}`} ${state === 'active' ? sql`AND ended_at IS NULL` : sql``}
          ${cursor === undefined ? sql`` : sql`AND id < ${cursor}`}
        ORDER BY id DESC LIMIT ${limit}`,
      ),

    living: async (look) => {
      await sql<LivingWork[]>`
        SELECT t.id AS task, t.agent, t.owner, t.environment, t.purpose, t.ticket,
          CASE WHEN t.scan IS NOT NULL THEN jsonb_build_object('state', t.scan, 'sandbox', t.sandbox) END AS scan, t.ends_at AS "endsAt", t.parent IS NOT NULL AS "isChild",
          extract(epoch FROM t.ends_at - t.started_at)::int AS seconds,
          (SELECT k.body -> 'lentFor' FROM client_keys k WHERE k.jkt = t.jkt) AS "lentFor",
          CASE WHEN g.id IS NOT NULL THEN jsonb_build_object('id', g.id, 'scope', g.scope, 'access', g.access, 'ground', g.ground,
            'leaseSeconds', (SELECT floor(extract(epoch FROM max(l.expires_at - l.created_at))) FROM leases l
              WHERE l.task_id = t.id AND l.grant_id = g.id AND l.ended_at IS NULL)) END AS grant
        FROM tasks t LEFT JOIN grants g ON g.task_id = t.id AND g.ended_at IS NULL AND g.state <> 'denied'
        WHERE t.ended_at IS NULL`.cursor(LIVING_AT_ONCE, (batch) => look(batch))
    },

    crowded: async (tasks) =>
      (
        await sql<{ agent: string }[]>`
          SELECT agent FROM tasks WHERE ended_at IS NULL GROUP BY agent HAVING count(*) >= ${tasks}`
      ).map(({ agent }) => agent),

    byIdempotencyKey: async (principal, key) => {
      const [row] = await sql<{ task: string; requestHash: string }[]>`
        SELECT task_id AS task, request_hash AS "requestHash" FROM idempotency_keys
        WHERE principal = ${principal} AND key = ${key} AND ends_at > clock_timestamp()`
      return row
    },
  })
}
