import type { Sql, TransactionSql } from 'postgres'
import { GRANT } from '../../domain/grant.ts'
import { LEASE } from '../../domain/lease.ts'
import { sourcesOf } from '../../domain/state-machine.ts'
import type { EndSelector, TaskEnder } from '../../ports/task-store.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'
import { type GrantRow, type LeaseRow, type TaskRow, toGrant, toLease, toTask } from './rows.ts'

const GRANT_SOURCES = sourcesOf(GRANT, 'end')
const LEASE_SOURCES = sourcesOf(LEASE, 'revoke').filter((state) => state !== 'revoking')

export const taskEnder = (sql: Sql): TaskEnder =>
  guardedStore<TaskEnder>({
    end: (selector, reason, events) =>
      sql.begin(async (tx) => {
        const tasks = await endTasks(tx, selector, reason)
        const grants = await endGrants(tx, selector, tasks, reason)
        const leases = await condemn(tx, grants)
        if (tasks.length + grants.length > 0) {
          await appendAudit(tx, events({ tasks: tasks.map(toTask), grants: grants.map(toGrant) }))
          await tx`SELECT pg_notify('credbroker', 'ended')`
        }
        return {
          tasks: tasks.map(({ id }) => id),
          grants: grants.map(({ id }) => id),
          leases: leases.map(toLease),
        }
      }),

    heartbeat: async (task) => {
      const rows = await sql`
        UPDATE tasks SET heartbeat_due = clock_timestamp() + make_interval(secs => heartbeat_seconds)
        WHERE id = ${task} AND state = 'active' AND ends_at > clock_timestamp()
          AND (heartbeat_due IS NULL OR heartbeat_due > clock_timestamp()) RETURNING id`
      return rows.length === 1
    },
  })

function whichTasks(tx: TransactionSql, selector: EndSelector) {
  if ('task' in selector) return tx`id = ${selector.task}`
  if ('tasks' in selector) return tx`id = ANY (${[...selector.tasks]}::text[])`
  if ('agent' in selector) return tx`agent = ${selector.agent}`
  if ('owner' in selector) return tx`owner = ${selector.owner}`
  if ('key' in selector) return tx`jkt = ${selector.key}`
  if ('environment' in selector) return tx`environment = ${selector.environment}`
  if ('all' in selector) return tx`true`
  if ('due' in selector) {
    return tx`id = ANY (ARRAY(
      SELECT id FROM tasks WHERE ended_at IS NULL AND least(ends_at, heartbeat_due) <= clock_timestamp()
      ORDER BY least(ends_at, heartbeat_due) LIMIT ${selector.due} FOR UPDATE SKIP LOCKED))`
  }
  return tx`false`
}

/** Grants that end although their task goes on. */
function whichGrants(tx: TransactionSql, selector: EndSelector) {
  if ('grant' in selector) return tx`id = ${selector.grant}`
  if ('grants' in selector) return tx`id = ANY (${[...selector.grants]}::text[])`
  if ('scope' in selector) return tx`scope = ${selector.scope}`
  if ('root' in selector) return tx`scope IN (SELECT name FROM scopes WHERE root = ${selector.root})`
  // I11: what a disabled owner's roots gave to others ends with what their agents do.
  if ('owner' in selector) {
    return tx`scope IN (SELECT s.name FROM scopes s JOIN roots r ON r.name = s.root WHERE r.owner = ${selector.owner})`
  }
  return tx`false`
}

async function endTasks(tx: TransactionSql, selector: EndSelector, reason: string): Promise<TaskRow[]> {
  const end = (which: ReturnType<typeof whichTasks>) => tx<TaskRow[]>`
    UPDATE tasks SET state = 'ended', end_reason = ${reason}, ended_at = clock_timestamp()
    WHERE state = 'active' AND ${which} RETURNING *`
  return await byGeneration<TaskRow>(await end(whichTasks(tx, selector)), (above) =>
    end(tx`parent = ANY (${above.map(({ id }) => id)}::text[])`),
  )
}

/**
 * I9: what hangs below ends as well. Each generation in a statement of its own: one that waited for a delegation under
 * way does not see the child, the next does.
 */
async function byGeneration<Row>(
  first: readonly Row[],
  endBelow: (above: readonly Row[]) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const all = [...first]
  for (let above = first; above.length > 0; all.push(...above)) above = await endBelow(above)
  return all
}

async function endGrants(
  tx: TransactionSql,
  selector: EndSelector,
  tasks: readonly TaskRow[],
  reason: string,
): Promise<GrantRow[]> {
  // The MAC goes with the authority: setting the state back by hand does not bring the grant back (I13).
  const end = (which: ReturnType<typeof whichGrants>) => tx<GrantRow[]>`
    UPDATE grants SET state = 'ended', end_reason = ${reason}, ended_at = clock_timestamp(), mac = ''
    WHERE state = ANY (${GRANT_SOURCES}::text[]) AND ${which} RETURNING *`
  const first = await end(
    tx`(task_id = ANY (${tasks.map(({ id }) => id)}::text[]) OR ${whichGrants(tx, selector)})`,
  )
  // Every other selector finds those below by itself.
  const grants = !('grant' in selector)
    ? first
    : await byGeneration<GrantRow>(first, (above) =>
        end(tx`(task_id, scope) IN (SELECT t.id, g.scope FROM tasks t JOIN grants g ON g.task_id = t.parent
          WHERE g.id = ANY (${above.map(({ id }) => id)}::text[]))`),
      )
  // I5 counts what ended less than a day ago.
  await tx`UPDATE side_holds SET during = tstzrange(lower(during), clock_timestamp() + interval '24 hours')
    WHERE grant_id = ANY (${grants.map(({ id }) => id)}::text[]) AND upper(during) > clock_timestamp() + interval '24 hours'`
  return grants
}

/** Whoever ends a lease tries first; the sweeper takes over where that one died. */
export const FIRST_TRY = '5 seconds'

const condemn = async (tx: TransactionSql, grants: readonly GrantRow[]): Promise<LeaseRow[]> =>
  await tx<LeaseRow[]>`
    UPDATE leases SET state = 'revoking', due_at = clock_timestamp() + ${FIRST_TRY}::interval, locked_until = NULL
    WHERE task_id = ANY (${grants.map(({ task_id }) => task_id)}::text[]) AND grant_id = ANY (${grants.map(({ id }) => id)}::text[])
      AND state = ANY (${LEASE_SOURCES}::text[]) RETURNING *`
