import type { Sql } from 'postgres'
import type { LastUses } from '../../ports/last-uses.ts'
import { guardedStore } from './guarded-store.ts'

/** From the audit log, where a use is announced before it happens (I6): one look at the index for each scope that was used. */
export const lastUses = (sql: Sql): LastUses =>
  guardedStore<LastUses>({
    of: async (agents) => {
      // As in the index, or it is not taken: migrations/0010_last-uses.sql.
      const use = sql`record::json ->> 'type' IN ('lease.minted', 'gateway.called') AND record::json ->> 'phase' = 'intent' AND record::json ->> 'scope' IS NOT NULL
        AND record::json -> 'facts' ->> 'operation' IS DISTINCT FROM 'resolve'`
      const newest = sql`SELECT record::json ->> 'scope' AS scope, record::json ->> 'at' AS at FROM audit_log`
      const order = sql`ORDER BY record::json ->> 'scope' DESC, index DESC LIMIT 1`
      const rows = await sql<{ agent: string; scope: string; at: string }[]>`
        WITH RECURSIVE uses AS (
          SELECT wanted.agent, last.scope, last.at FROM unnest(${[...agents]}::text[]) AS wanted (agent)
          CROSS JOIN LATERAL (${newest} WHERE ${use} AND record::json -> 'actor' ->> 'id' = wanted.agent ${order}) AS last
          UNION ALL
          SELECT uses.agent, last.scope, last.at FROM uses
          CROSS JOIN LATERAL (${newest} WHERE ${use} AND record::json -> 'actor' ->> 'id' = uses.agent
            AND record::json ->> 'scope' < uses.scope ${order}) AS last)
        SELECT agent, scope, at FROM uses`
      return rows.map(({ at, ...use }) => ({ ...use, at: new Date(at) }))
    },

    ofScopes: async (scopes) => {
      // As in the index, or it is not taken: migrations/0011_last-use-of-scopes.sql.
      const use = sql`record LIKE '%"phase":"intent"%' AND record NOT LIKE '%"operation":"resolve"%'
        AND (record LIKE '%"type":"lease.minted"%' OR record LIKE '%"type":"gateway.called"%')`
      const rows = await sql<{ scope: string; at: string }[]>`
        SELECT wanted.scope, last.at FROM unnest(${[...scopes]}::text[]) AS wanted (scope)
        CROSS JOIN LATERAL (SELECT record::json ->> 'at' AS at FROM audit_log
          WHERE ${use} AND split_part(split_part(record, '"scope":"', -1), '"', 1) COLLATE "C" = wanted.scope
          ORDER BY index DESC LIMIT 1) AS last`
      return rows.map(({ scope, at }) => ({ scope, at: new Date(at) }))
    },
  })
