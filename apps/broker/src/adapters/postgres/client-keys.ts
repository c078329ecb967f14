import type { JSONValue, Sql, TransactionSql } from 'postgres'
import type { ClientKeyStore, EnrolledKey, EnrolmentStore } from '../../ports/client-keys.ts'
import { appendAudit } from './append-audit.ts'
import { undoFirstUse } from './first-use.ts'
import { guardedStore } from './guarded-store.ts'

interface KeyRow {
  key: EnrolledKey
  mac: string
}

export const clientKeyStore = (sql: Sql): ClientKeyStore =>
  guardedStore<ClientKeyStore>({
    find: async (jkt) =>
      (await sql<KeyRow[]>`SELECT body AS key, mac FROM client_keys WHERE jkt = ${jkt}`)[0],
    list: async (principal) => [
      ...(await sql<
        KeyRow[]
      >`SELECT body AS key, mac FROM client_keys WHERE principal = ${principal} ORDER BY jkt`),
    ],
    remove: async (jkt, event) => {
      return await sql.begin(async (tx) => {
        const { count } = await tx`DELETE FROM client_keys WHERE jkt = ${jkt}`
        if (count > 0) await appendAudit(tx, [event])
        return count > 0
      })
    },
  })

export const enrolmentStore = (sql: Sql): EnrolmentStore =>
  guardedStore<EnrolmentStore>({
    add: async ({ digest, principal, invitedBy, endsAt, mac }, event) => {
      await sql`
        WITH added AS (
          INSERT INTO enrolments (digest, principal, invited_by, ends_at, mac)
          VALUES (${digest}, ${principal}, ${invitedBy}, ${endsAt.toISOString()}, ${mac}))
        INSERT INTO audit_pending (record, leaf) VALUES (${event.record}, ${event.leaf})`
    },

    find: async (digest) => {
      const [row] = await sql<
        { principal: string; invited_by: string; ends_at: Date; used_by: string | null; mac: string }[]
      >`SELECT principal, invited_by, ends_at, used_by, mac FROM enrolments WHERE digest = ${digest}`
      if (!row) return undefined
      const { principal, mac } = row
      return { digest, principal, mac, invitedBy: row.invited_by, endsAt: row.ends_at, usedBy: row.used_by }
    },

    redeem: (digest, stored, event) =>
      sql.begin(async (tx) => {
        const [row] = await tx<{ used_by: string | null; used_at: Date; principal: string; over: boolean }[]>`
          SELECT coalesce(used_by, ${keyOf(tx)}) AS used_by, coalesce(used_at, clock_timestamp()) AS used_at, principal,
            ends_at <= clock_timestamp() AS over FROM enrolments e WHERE digest = ${digest} FOR UPDATE`
        if (row?.used_by === stored.key.jkt) {
          // The same key again: its first answer was lost. One that has been removed since stays removed.
          const [kept] = await tx`SELECT FROM client_keys WHERE jkt = ${row.used_by}`
          return { result: kept && !row.over ? ('enrolled' as const) : ('over' as const) }
        }
        if (row?.used_by) {
          await undoFirstUse(tx, { usedBy: row.used_by, usedAt: row.used_at, principal: row.principal })
          return { result: 'used' as const, removed: row.used_by }
        }
        if (!row || row.over) return { result: 'over' as const }
        await tx`UPDATE enrolments SET used_at = clock_timestamp(), used_by = ${stored.key.jkt} WHERE digest = ${digest}`
        await tx`INSERT INTO client_keys (body, mac) VALUES (${tx.json(stored.key as unknown as JSONValue)}, ${stored.mac})`
        await appendAudit(tx, [event])
        return { result: 'enrolled' as const }
      }),
  })

/** Whoever empties the mark of a used token by hand does not empty what the key says of itself, which is sealed (I13). */
const keyOf = (tx: TransactionSql) => tx`(
  SELECT k.jkt FROM client_keys k WHERE k.principal = e.principal AND k.body ->> 'enrolment' = e.digest LIMIT 1)`
