import type { Sql, TransactionSql } from 'postgres'
import type { TableShape } from './format.ts'

/** Written by the migrations themselves. */
const OF_MIGRATIONS = 'schema_migrations'

/** Every table of the broker with the columns that are stored, in the order in which both were made. */
export const tablesOf = (sql: Sql | TransactionSql): Promise<TableShape[]> =>
  sql<TableShape[]>`
    SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> ${OF_MIGRATIONS}
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.oid, c.relname ORDER BY c.oid`.then((rows) =>
    rows.map(({ name, columns }) => ({ name, columns })),
  )

/** Where each sequence stands that was ever used. */
export async function sequencesOf(sql: Sql | TransactionSql): Promise<Record<string, string>> {
  const rows = await sql<{ name: string; last: string }[]>`
    SELECT sequencename AS name, last_value::text AS last FROM pg_sequences
    WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY sequencename`
  return Object.fromEntries(rows.map(({ name, last }) => [name, last]))
}
