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
        const tasks = endsTasks(selector) ? await endTasks(tx, selector, reason) : []
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

/** Ending one scope's or one root's grants leaves the tasks that hold them alive. */
const endsTasks = (selector: EndSelector): boolean =>
  !('grant' in selector || 'scope' in selector || 'root' in selector)

async function endTasks(tx: TransactionSql, selector: EndSelector, reason: string): Promise<TaskRow[]> {
  const which =
    'task' in selector
      ? tx`id = ${selector.task}`
      : 'agent' in selector
        ? tx`agent = ${selector.agent}`
        : 'owner' in selector
          ? tx`owner = ${selector.owner}`
          : 'environment' in selector
            ? tx`environment = ${selector.environment}`
            : 'due' in selector
              ? tx`id IN (SELECT id FROM tasks WHERE state = 'active' AND least(ends_at, heartbeat_due) <= clock_timestamp()
                  ORDER BY least(ends_at, heartbeat_due) LIMIT ${selector.due} FOR UPDATE SKIP LOCKED)`
              : tx`true`
  return await tx<TaskRow[]>`
    UPDATE tasks SET state = 'ended', end_reason = ${reason}, ended_at = clock_timestamp()
    WHERE state = 'active' AND ${which} RETURNING *`
}

async function endGrants(
  tx: TransactionSql,
  selector: EndSelector,
  tasks: readonly TaskRow[],
  reason: string,
): Promise<GrantRow[]> {
  const which =
    'grant' in selector
      ? tx`id = ${selector.grant}`
      : 'scope' in selector
        ? tx`scope = ${selector.scope}`
        : 'root' in selector
          ? tx`scope IN (SELECT name FROM scopes WHERE root = ${selector.root})`
          : tx`task_id = ANY (${tasks.map(({ id }) => id)}::text[])`
  // The MAC goes with the authority: setting the state back by hand does not bring the grant back (I13).
  const grants = await tx<GrantRow[]>`
    UPDATE grants SET state = 'ended', end_reason = ${reason}, ended_at = clock_timestamp(), mac = ''
    WHERE state = ANY (${GRANT_SOURCES}::text[]) AND ${which} RETURNING *`
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
    WHERE grant_id = ANY (${grants.map(({ id }) => id)}::text[]) AND state = ANY (${LEASE_SOURCES}::text[]) RETURNING *`
