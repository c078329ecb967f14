import type { JSONValue, Sql, TransactionSql } from 'postgres'
import type { Sealed, Session, SessionStore } from '../../ports/people.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'

export const sessionStore = (sql: Sql): SessionStore =>
  guardedStore<SessionStore>({
    add: async (session, events) => {
      await sql.begin(async (tx) => {
        await insertSession(tx, session)
        await appendAudit(tx, events)
      })
    },

    find: async (digest) =>
      (await sql<Sealed<Session>[]>`SELECT body, mac FROM sessions WHERE digest = ${digest}`)[0],

    list: async (user) => [
      ...(await sql<Sealed<Session>[]>`
        SELECT body, mac FROM sessions ${user === undefined ? sql`` : sql`WHERE user_name = ${user}`} ORDER BY id`),
    ],

    update: (before, after, events) =>
      sql.begin(async (tx) => {
        const { count } = await tx`
          UPDATE sessions SET body = ${tx.json(after.body as unknown as JSONValue)}, mac = ${after.mac}
          WHERE digest = ${before.body.digest} AND mac = ${before.mac}`
        if (count === 0) return false
        await appendAudit(tx, events)
        return true
      }),

    end: (which, event) =>
      sql.begin(async (tx) => {
        const { count } =
          'id' in which
            ? await tx`DELETE FROM sessions WHERE id = ${which.id}`
            : await tx`DELETE FROM sessions WHERE user_name = ${which.user}`
        if (count > 0) await appendAudit(tx, [event])
        return count
      }),
  })

export async function insertSession(tx: TransactionSql, { body, mac }: Sealed<Session>): Promise<void> {
  await tx`INSERT INTO sessions (body, mac, ends_at)
    VALUES (${tx.json(body as unknown as JSONValue)}, ${mac}, ${body.endsAt})`
}
