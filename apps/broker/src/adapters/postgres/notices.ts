import type { Sql } from 'postgres'
import type { Approval } from '../../domain/approval.ts'
import type { Notice, NoticeQueue } from '../../ports/notices.ts'
import { guardedStore } from './guarded-store.ts'

/** What is due follows from the approvals; a replica that takes one and dies leaves it to the next attempt. */
export const noticeQueue = (sql: Sql): NoticeQueue =>
  guardedStore<NoticeQueue>({
    take: async (limit) => {
      const rows = await sql<{ body: Approval; mac: string; notice: Notice }[]>`
        WITH due AS (
          SELECT id, notice FROM approvals, LATERAL (SELECT CASE
            WHEN state = 'pending' THEN 'asked' WHEN state IN ('expired', 'cancelled') THEN 'over' ELSE 'answered'
          END AS notice) n
          WHERE told IS DISTINCT FROM notice AND (tell_at IS NULL OR tell_at <= clock_timestamp())
            AND asked_at > clock_timestamp() - interval '1 day'
            AND coalesce((body ->> 'usableUntil')::timestamptz, (body ->> 'endsAt')::timestamptz)
              > clock_timestamp() - interval '15 minutes'
          ORDER BY asked_at LIMIT ${limit} FOR UPDATE OF approvals SKIP LOCKED)
        UPDATE approvals a SET tell_attempts = a.tell_attempts + 1,
          tell_at = clock_timestamp() + least(15 * 2 ^ least(a.tell_attempts, 10), 300) * interval '1 second'
        FROM due WHERE a.id = due.id RETURNING a.body, a.mac, due.notice`
      return rows.map(({ body, mac, notice }) => ({ approval: { body, mac }, notice }))
    },

    told: async ({ approval, notice }) => {
      await sql`
        UPDATE approvals SET told = ${notice}, tell_at = NULL, tell_attempts = 0 WHERE id = ${approval.body.id}`
    },
  })
