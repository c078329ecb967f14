import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sql, TransactionSql } from 'postgres'
import { StartupError } from './startup-error.ts'

// Any constant will do; it must only be the same in every broker.
const MIGRATION_LOCK = 0x6272_6b5f

/**
 * Brings the schema up to this program, forward only. Replicas that start together take turns: the lock is held by
 * the transaction that applies the files, so a broker that dies here leaves either the old schema or the new one.
 * @throws StartupError `schema_newer` where a newer program has been here.
 */
export const migrate = (sql: Sql, directory: string): Promise<string[]> =>
  sql.begin((tx) => bringUp(tx, directory))

/**
 * As {@link migrate}, within a transaction.
 * @param wanted the migrations to end with, by name; all of them by default
 */
export async function bringUp(
  tx: TransactionSql,
  directory: string,
  wanted?: readonly string[],
): Promise<string[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort()
  const misnamed = files.find((file) => !/^\d{4}_[a-z0-9-]+\.sql$/.test(file))
  if (misnamed !== undefined)
    throw new Error(`a migration has no number and name of the usual form: ${misnamed}`)
  await tx`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`
  await tx`CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`
  const applied = new Set(
    (await tx<{ name: string }[]>`SELECT name FROM schema_migrations`).map((row) => row.name),
  )
  const unknown = [...applied, ...(wanted ?? [])].filter((name) => !files.includes(name))
  if (unknown.length > 0) {
    throw new StartupError(
      'schema_newer',
      `The database was migrated by a newer broker (${unknown.join(', ')}).`,
      'Start the version of the broker that did that, or a newer one; schemas never go back.',
    )
  }
  const missing = files.filter((file) => !applied.has(file) && (wanted?.includes(file) ?? true))
  for (const file of missing) {
    await tx.unsafe(await readFile(join(directory, file), 'utf8'))
    await tx`INSERT INTO schema_migrations (name) VALUES (${file})`
  }
  return missing
}
