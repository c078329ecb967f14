import type { JSONValue, Sql } from 'postgres'
import type { Approval } from '../../domain/approval.ts'
import type { ApprovalStore } from '../../ports/approval-store.ts'
import type { Sealed } from '../../ports/people.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'

export const approvalStore = (sql: Sql): ApprovalStore =>
  guardedStore<ApprovalStore>({
    find: async (id) => (await sql<Sealed<Approval>[]>`SELECT body, mac FROM approvals WHERE id = ${id}`)[0],

    list: async ({ agent, task, state, environment, cursor, limit }) =>
      await sql<Sealed<Approval>[]>`
        SELECT body, mac FROM approvals
        WHERE ${agent === undefined ? sql`true` : sql`agent = ${agent}`}
          AND ${task === undefined ? sql`true` : sql`task = ${task}`}
          AND ${state === undefined ? sql`true` : sql`state = ${state}`}
          AND ${environment === undefined ? sql`true` : sql`environment = ${environment}`}
          AND ${cursor === undefined ? sql`true` : sql`id < ${cursor}`}
        ORDER BY id DESC LIMIT ${limit}`,

    ask: ({ body, mac }, { pending, perHour }, event) =>
      sql.begin(async (tx) => {
        // Counting and asking are one step for each who asks, whichever replica they ask.
        await tx`SELECT pg_advisory_xact_lock(hashtextextended(${`approvals ${body.requester}`}, 0))`
        const subject = tx.json(body.subject as unknown as JSONValue)
        const [row] = await tx<{ exists: boolean; waiting: number; asked: number }[]>`
          SELECT
            EXISTS (
              SELECT FROM approvals WHERE state = 'pending' AND requester = ${body.requester}
                AND task IS NOT DISTINCT FROM ${body.work?.task ?? null} AND body -> 'subject' = ${subject}
                AND (body ->> 'endsAt')::timestamptz > clock_timestamp()) AS exists,
            (SELECT count(*)::int FROM approvals a
              WHERE state = 'pending' AND requester = ${body.requester} AND kind <> 'scope'
                AND (body ->> 'endsAt')::timestamptz > clock_timestamp()
                AND NOT EXISTS (SELECT FROM tasks t WHERE t.id = a.task AND t.state = 'ended'))
            + (SELECT count(*)::int FROM grants g JOIN tasks t ON t.id = g.task_id
              WHERE g.state = 'pending' AND t.agent = ${body.work?.agent ?? null} AND t.state = 'active') AS waiting,
            (SELECT count(*)::int FROM approvals
              WHERE requester = ${body.requester} AND asked_at > clock_timestamp() - interval '1 hour') AS asked`
        if (row?.exists) return 'exists' as const
        if (!row || row.waiting >= pending || row.asked >= perHour) return 'too-many' as const
        await tx`INSERT INTO approvals (body, mac) VALUES (${tx.json(body as unknown as JSONValue)}, ${mac})`
        await appendAudit(tx, [event])
        return 'asked' as const
      }),

    update: (before, after, events, grant) =>
      sql
        .begin(async (tx) => {
          const { count } = await tx`
            UPDATE approvals SET body = ${tx.json(after.body as unknown as JSONValue)}, mac = ${after.mac}
            WHERE id = ${before.body.id} AND mac = ${before.mac}
              AND (${after.body.state} <> 'approved'
                OR NOT EXISTS (SELECT FROM tasks t WHERE t.id = approvals.task AND t.state = 'ended'))`
          if (count === 0) return false
          if (grant) {
            const settled = await tx`
              UPDATE grants SET state = ${grant.state}, mac = ${grant.mac} WHERE id = ${grant.id} AND state = 'pending'`
            if (settled.count === 0) throw new Overtaken()
          }
          await appendAudit(tx, events)
          return true
        })
        .catch((error: unknown) => {
          if (error instanceof Overtaken) return false
          throw error
        }),

    due: async (limit) =>
      await sql<Sealed<Approval>[]>`
        SELECT a.body, a.mac FROM approvals a
        WHERE a.state IN ('pending', 'approved') AND (
          coalesce((a.body ->> 'usableUntil')::timestamptz, (a.body ->> 'endsAt')::timestamptz) <= clock_timestamp()
          OR EXISTS (SELECT FROM tasks t WHERE t.id = a.task AND t.state = 'ended')
          OR EXISTS (SELECT FROM grants g WHERE g.id = a.body -> 'work' ->> 'grant' AND g.state IN ('ended', 'denied')))
        ORDER BY a.id LIMIT ${limit}`,
  })

/** The grant was settled by somebody else: nothing of it is to be stored. */
class Overtaken extends Error {}
