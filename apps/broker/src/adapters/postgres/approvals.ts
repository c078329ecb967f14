import { LIMITS } from '@credbroker/core/limits'
import type { JSONValue, Sql } from 'postgres'
import type { Approval } from '../../domain/approval.ts'
import type { ApprovalStore } from '../../ports/approval-store.ts'
import type { Sealed } from '../../ports/people.ts'
import { appendAudit } from './append-audit.ts'
import { countQuestions, insertQuestion } from './count-questions.ts'
import { guardedStore } from './guarded-store.ts'
import { turns } from './turns.ts'

export function approvalStore(sql: Sql): ApprovalStore {
  const inTurn = turns(LIMITS.askedPerHour)
  return guardedStore<ApprovalStore>({
    find: async (id) => (await sql<Sealed<Approval>[]>`SELECT body, mac FROM approvals WHERE id = ${id}`)[0],

    list: async ({ agent, task, family, state, environment, cursor, limit }) =>
      await sql<Sealed<Approval>[]>`
        SELECT body, mac FROM approvals
        WHERE ${agent === undefined ? sql`true` : sql`agent = ${agent}`}
          AND ${task === undefined ? sql`true` : sql`task = ${task}`}
          AND ${family === undefined ? sql`true` : sql`task IN (${tasksBelow(sql, family)})`}
          AND ${state === undefined ? sql`true` : isIn(sql, state)}
          AND ${environment === undefined ? sql`true` : sql`environment = ${environment}`}
          AND ${cursor === undefined ? sql`true` : sql`id < ${cursor}`}
        ORDER BY id DESC LIMIT ${limit}`,

    ask: ({ body, mac }, { pending, perHour }, event) =>
      inTurn(body.requester, () =>
        sql.begin(async (tx) => {
          const { waiting, lately } = await countQuestions(tx, body.requester)
          const [same] = await tx<{ exists: boolean }[]>`
            SELECT EXISTS (
              SELECT FROM approvals WHERE state = 'pending' AND requester = ${body.requester}
                AND task IS NOT DISTINCT FROM ${body.work?.task ?? null}
                AND body -> 'subject' = ${tx.json(body.subject as unknown as JSONValue)}
                AND (body ->> 'endsAt')::timestamptz > clock_timestamp()) AS exists`
          if (same?.exists) return 'exists' as const
          if (waiting >= pending || lately >= perHour) return 'too-many' as const
          await insertQuestion(tx, body, mac)
          await appendAudit(tx, [event])
          return 'asked' as const
        }),
      ),

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
              UPDATE grants SET state = ${grant.state}, mac = ${grant.mac}
              WHERE id = ${grant.id} AND state = 'pending' AND mac = ${grant.before}`
            if (settled.count === 0) throw new Overtaken()
            // I5: what was never given is not held.
            if (grant.state === 'denied') await tx`DELETE FROM side_holds WHERE grant_id = ${grant.id}`
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

    minted: async (grants) => {
      const rows = await sql<{ grant: string; count: number }[]>`
        SELECT grant_id AS grant, count(*)::int AS count FROM leases
        WHERE grant_id = ANY (${[...grants]}::text[]) GROUP BY grant_id`
      return new Map(rows.map(({ grant, count }) => [grant, count]))
    },
  })
}

const isIn = (sql: Sql, state: Approval['state']) => {
  const ends = sql`coalesce((body ->> 'usableUntil')::timestamptz, (body ->> 'endsAt')::timestamptz)`
  // Spelt out, so that the index of what is open serves.
  const open = sql`state IN ('pending', 'approved')`
  if (state === 'expired') return sql`(state = 'expired' OR ${open} AND ${ends} <= clock_timestamp())`
  if (state === 'pending' || state === 'approved')
    return sql`${open} AND state = ${state} AND ${ends} > clock_timestamp()`
  return sql`state = ${state}`
}

const tasksBelow = (sql: Sql, first: string) => sql`
  WITH RECURSIVE family AS (
    SELECT ${first}::text AS id UNION ALL SELECT t.id FROM tasks t JOIN family ON t.parent = family.id)
  SELECT id FROM family`

/** The grant was settled by somebody else: nothing of it is to be stored. */
class Overtaken extends Error {}
