import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BrokerError } from '@credbroker/core/errors'
import type { Sql, TransactionSql } from 'postgres'
import { RESTORED } from '../../../ports/deployment.ts'
import type { KeyRecord } from '../../../ports/keyring.ts'
import { toBrokerError } from '../driver-errors.ts'
import { bringUp } from '../migrate.ts'
import { StartupError } from '../startup-error.ts'
import type { BackupSummary, TableShape } from './format.ts'
import { type BackupReader, readBackup } from './read-backup.ts'
import { tablesOf } from './tables.ts'
import { withoutGuards } from './without-guards.ts'

interface Restoring {
  /** Where the migrations lie. */
  readonly directory: string
  /** Proves that the key at hand is the one that the backup was sealed under. */
  readonly proveKey: (record: KeyRecord) => Promise<unknown>
}

/**
 * Fills an empty database from a backup, whole or not at all, and marks it as restored: the broker that starts on it
 * boots frozen, with its grants ended (I13).
 * @throws StartupError `wrong_database` for one that is not empty, `schema_newer`
 * @throws BrokerError `config_invalid` for what is no backup; whatever `proveKey` throws
 */
export async function restoreBackup(
  sql: Sql,
  from: Readable,
  { directory, proveKey }: Restoring,
): Promise<BackupSummary> {
  const backup = await readBackup(from)
  const { deployment, made_at: madeAt, tables } = backup.header
  const work = sql.begin(async (tx) => {
    await refuseUnlessEmpty(tx)
    await bringUp(tx, directory, backup.header.migrations)
    await refuseUnlessSame(tx, backup)
    await withoutGuards(tx, async () => {
      await tx`TRUNCATE ${tx(tables.map(({ name }) => name))}`
      for (const table of tables) await copyIn(tx, table, backup)
    })
    const { rows } = await backup.end()
    for (const [name, last] of Object.entries(backup.header.sequences))
      await tx`SELECT setval(quote_ident(${name})::regclass, ${last})`
    const [found] = await tx<{ record: KeyRecord }[]>`SELECT key_state AS record FROM deployment`
    if (!found) throw notOurs()
    await proveKey(found.record)
    await tx`UPDATE deployment SET timeline = ${RESTORED}`
    return { deployment, madeAt, tables: tables.length, rows }
  })
  return await work.catch((error: unknown) => {
    throw error instanceof StartupError ? error : refusalOf(error)
  })
}

/** What PostgreSQL does not take is the backup's fault, and its words would quote rows; an unreachable one is not. */
function refusalOf(error: unknown): BrokerError {
  const { code } = toBrokerError(error)
  return error instanceof BrokerError || code === 'store_unavailable' ? toBrokerError(error) : notOurs()
}

async function refuseUnlessEmpty(tx: TransactionSql): Promise<void> {
  const [found] = await tx`
    SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'S') LIMIT 1`
  if (found)
    throw new StartupError(
      'wrong_database',
      'The database is not empty, and a restore replaces nothing.',
      'Make a new one (CREATE DATABASE), or give an empty state directory with --state DIR.',
    )
}

/** Names of tables and columns reach statements: only those that the migrations have just made do. */
async function refuseUnlessSame(tx: TransactionSql, { header }: BackupReader): Promise<void> {
  const known = await tx<{ name: string }[]>`
    SELECT sequencename AS name FROM pg_sequences WHERE schemaname = current_schema()`
  const sequences = known.map(({ name }) => name)
  const same =
    JSON.stringify(await tablesOf(tx)) === JSON.stringify(header.tables) &&
    Object.keys(header.sequences).every((name) => sequences.includes(name))
  if (!same) throw notOurs()
}

async function copyIn(
  tx: TransactionSql,
  { name, columns }: TableShape,
  backup: BackupReader,
): Promise<void> {
  const rows = backup.rows()
  const first = await rows.next()
  // Most tables of most backups are empty, and each copy is a conversation.
  if (first.done) return
  const all = async function* () {
    yield first.value
    yield* rows
  }
  await pipeline(all, await tx`COPY ${tx(name)} (${tx(columns)}) FROM STDIN`.writable())
}

const notOurs = () =>
  new BrokerError('config_invalid', {
    problems: [{ at: 'backup', message: 'does not fit the schema that it says it was made with' }],
  })
