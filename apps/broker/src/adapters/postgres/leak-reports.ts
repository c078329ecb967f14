import type { JSONValue, Sql } from 'postgres'
import type { KeptReport } from '../../domain/leak.ts'
import type { LeakReports } from '../../ports/leaks.ts'
import { appendAudit } from './append-audit.ts'
import { guardedStore } from './guarded-store.ts'

/** Longer than it takes to look at the largest report; two that look at one do the same twice, and no harm. */
const HOLD = '8 seconds'

export const leakReports = (sql: Sql): LeakReports =>
  guardedStore<LeakReports>({
    keep: ({ body, mac }, event, most) =>
      sql.begin(async (tx) => {
        const { count } = await tx`
          INSERT INTO leak_reports (body, mac) SELECT ${tx.json(body as unknown as JSONValue)}::jsonb, ${mac}::text
          WHERE (SELECT count(*) FROM leak_reports) < ${most}`
        if (count > 0) await appendAudit(tx, [event])
        return count > 0
      }),

    take: async () => {
      const [row] = await sql<{ id: string; body: KeptReport; mac: string }[]>`
        UPDATE leak_reports SET look_at = clock_timestamp() + ${HOLD}::interval
        WHERE id = (SELECT id FROM leak_reports WHERE look_at <= clock_timestamp() ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, body, mac`
      return row && { id: row.id, report: { body: row.body, mac: row.mac } }
    },

    done: async (id) => {
      await sql`DELETE FROM leak_reports WHERE id = ${id}`
    },
  })
