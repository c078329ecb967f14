import type { Sql } from 'postgres'
import type { WorkCounter, WorkCounts } from '../../ports/work-counts.ts'
import { guardedStore } from './guarded-store.ts'

const DENIALS = ['task.denied', 'grant.denied', 'gateway.denied', 'approval.denied']

export const workCounter = (sql: Sql): WorkCounter =>
  guardedStore<WorkCounter>({
    async count() {
      const [tasks, [approvals], leases, [revoking], denials] = await Promise.all([
        sql<{ environment: string; live: number }[]>`
          SELECT environment, count(*)::int AS live FROM tasks WHERE ended_at IS NULL GROUP BY environment ORDER BY environment`,
        sql<{ waiting: number; oldestAt: Date | null }[]>`
          SELECT count(*)::int AS waiting, min(asked_at) AS "oldestAt" FROM approvals
          WHERE state = 'pending' AND (body ->> 'endsAt')::timestamptz > clock_timestamp()`,
        sql<{ provider: string; state: string; count: number }[]>`
          SELECT provider, state, count(*)::int AS count FROM leases WHERE state <> 'ended'
          GROUP BY provider, state ORDER BY provider, state`,
        sql<{ count: number; oldestAt: Date | null }[]>`
          SELECT count(*)::int AS count, min(announced_at) AS "oldestAt" FROM leases
          WHERE state <> 'ended' AND state = 'revoking'`,
        sql<{ code: string; hour: Date; count: number }[]>`
          SELECT coalesce(record::json ->> 'code', 'denied') AS code, date_trunc('hour', moved_at, 'UTC') AS hour, count(*)::int AS count
          FROM audit_log
          WHERE (record::json ->> 'type') IN ${sql(DENIALS)}
            AND index >= coalesce((SELECT min(index) FROM audit_log WHERE moved_at > clock_timestamp() - interval '24 hours'), 0)
            AND moved_at > clock_timestamp() - interval '24 hours'
          GROUP BY 1, 2 ORDER BY 2, 1`,
      ])
      return {
        tasks,
        approvals: approvals ?? NONE_WAIT,
        leases,
        revoking: revoking ?? NONE,
        denials,
      } satisfies WorkCounts
    },
  })

const NONE = { count: 0, oldestAt: null }
const NONE_WAIT = { waiting: 0, oldestAt: null }
