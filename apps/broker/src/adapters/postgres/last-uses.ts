import type { Sql } from 'postgres'
import type { LastUses } from '../../ports/last-uses.ts'
import { actorOf } from './audit/indexed.ts'
import { guardedStore } from './guarded-store.ts'

/** From the audit log, where a use is announced before it happens (I6): one look at the index for each scope that was used. */
export const lastUses = (sql: Sql): LastUses => {
  // As in the indices, or they are not taken: migrations/0010_last-uses.sql and 0011_last-use-of-scopes.sql.
  const isUse = sql`record LIKE '%"phase":"intent"%' AND record LIKE '%"scope":"%' AND record NOT LIKE '%"operation":"resolve"%'
    AND (record LIKE '%"type":"lease.minted"%' OR record LIKE '%"type":"gateway.called"%')`
  const scopeOf = sql`split_part(split_part(record, '"scope":"', -1), '"', 1) COLLATE "C"`
  const at = sql`record::json ->> 'at' AS at`
  return guardedStore<LastUses>({
    of: async (agents) => {
      const newest = sql`SELECT ${scopeOf} AS scope, ${at} FROM audit_log WHERE ${isUse}`
      const order = sql`ORDER BY ${scopeOf} DESC, index DESC LIMIT 1`
      const rows = await sql<{ agent: string; scope: string; at: string }[]>`
        WITH RECURSIVE uses AS (
          SELECT wanted.agent, last.scope, last.at FROM unnest(${[...agents]}::text[]) AS wanted (agent)
          CROSS JOIN LATERAL (${newest} AND ${actorOf(sql)} = wanted.agent ${order}) AS last
          UNION ALL
          SELECT uses.agent, last.scope, last.at FROM uses
          CROSS JOIN LATERAL (${newest} AND ${actorOf(sql)} = uses.agent AND ${scopeOf} < uses.scope ${order}) AS last)
        SELECT agent, scope, at FROM uses`
      return rows.map(({ at, ...use }) => ({ ...use, at: new Date(at) }))
    },

    ofScopes: async (scopes) => {
      const rows = await sql<{ scope: string; at: string }[]>`
        SELECT wanted.scope, last.at FROM unnest(${[...scopes]}::text[]) AS wanted (scope)
        CROSS JOIN LATERAL (SELECT ${at} FROM audit_log WHERE ${isUse} AND ${scopeOf} = wanted.scope
          ORDER BY index DESC LIMIT 1) AS last`
      return rows.map(({ scope, at }) => ({ scope, at: new Date(at) }))
    },
  })
}
