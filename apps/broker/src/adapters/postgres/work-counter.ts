import type { Sql } from 'postgres'
import type { DenialCount, WorkCounter } from '../../ports/work-counts.ts'
import { firstSince, typeOf } from './audit/indexed.ts'
import { guardedStore } from './guarded-store.ts'

const DENIALS = ['task.denied', 'grant.denied', 'gateway.denied', 'approval.denied']

export const workCounter = (sql: Sql): WorkCounter =>
  guardedStore<WorkCounter>({
    async count() {
      const [tasks, [approvals], leases, [revoking]] = await Promise.all([
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
      ])
      return {
        tasks,
        approvals: approvals ?? NONE_WAIT,
        leases,
        revoking: revoking ?? NONE,
      }
    },

    denials: async () =>
      await sql<DenialCount[]>`
      SELECT coalesce(record::json ->> 'code', 'denied') AS code, date_trunc('hour', moved_at, 'UTC') AS hour, count(*)::int AS count
      FROM audit_log WHERE ${typeOf(sql)} IN ${sql(DENIALS)} AND index >= ${await firstSince(sql, { hoursAgo: 24 })}
      GROUP BY 1, 2 ORDER BY 2, 1`,
  })

const NONE = { count: 0, oldestAt: null }
const NONE_WAIT = { waiting: 0, oldestAt: null }
