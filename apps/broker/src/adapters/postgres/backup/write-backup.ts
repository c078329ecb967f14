import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Sql, TransactionSql } from 'postgres'
import { StartupError } from '../startup-error.ts'
import { type BackupHeader, type BackupSummary, END_OF_TABLE, type TableShape } from './format.ts'
import { sequencesOf, tablesOf } from './tables.ts'

const NEWLINE = 0x0a

/**
 * Writes everything that the database holds at one moment, while brokers go on working with it. What is sealed stays
 * sealed: without the key-encryption key, which is not in it, a backup gives nobody a credential.
 * @throws StartupError `wrong_database`
 */
export async function writeBackup(sql: Sql, to: Writable): Promise<BackupSummary> {
  return await sql.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY', async (tx) => {
    const head = await describe(tx)
    const counter = { rows: 0 }
    await pipeline(text(tx, head, counter), createGzip(), to)
    return {
      deployment: head.deployment,
      madeAt: head.made_at,
      tables: head.tables.length,
      rows: counter.rows,
    }
  })
}

async function describe(tx: TransactionSql): Promise<BackupHeader> {
  const [there] = await tx<{ there: boolean }[]>`SELECT to_regclass('deployment') IS NOT NULL AS there`
  const [deployment] = there?.there
    ? await tx<{ id: string; now: Date }[]>`SELECT id, clock_timestamp() AS now FROM deployment`
    : []
  if (!deployment)
    throw new StartupError(
      'wrong_database',
      'No broker has used this database yet: there is nothing to back up.',
      'Point DATABASE_URL at the one of your broker.',
    )
  const migrations = await tx<{ name: string }[]>`SELECT name FROM schema_migrations ORDER BY name`
  return {
    format: 'credbroker-backup',
    version: 1,
    deployment: deployment.id,
    made_at: deployment.now.toISOString(),
    migrations: migrations.map(({ name }) => name),
    tables: await tablesOf(tx),
    sequences: await sequencesOf(tx),
  }
}

async function* text(
  tx: TransactionSql,
  head: BackupHeader,
  counter: { rows: number },
): AsyncGenerator<string | Buffer> {
  yield `${JSON.stringify(head)}\n`
  for (const table of head.tables) {
    for await (const chunk of await copyOut(tx, table)) {
      for (const byte of chunk) if (byte === NEWLINE) counter.rows += 1
      yield chunk
    }
    yield `${END_OF_TABLE}\n`
  }
  yield `${JSON.stringify({ rows: counter.rows })}\n`
}

const copyOut = (
  tx: TransactionSql,
  { name, columns }: TableShape,
): Promise<Readable & AsyncIterable<Buffer>> => tx`COPY ${tx(name)} (${tx(columns)}) TO STDOUT`.readable()
