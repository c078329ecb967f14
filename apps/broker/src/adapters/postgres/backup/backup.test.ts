import { Readable, Writable } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'
import { BrokerError } from '@credbroker/core/errors'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../../test/harness/postgres.ts'
import { migrate } from '../migrate.ts'
import { migrationsDirectory } from '../migrations-directory.ts'
import { restoreBackup } from './restore-backup.ts'
import { tablesOf } from './tables.ts'
import { writeBackup } from './write-backup.ts'

let server: TestPostgres
let source: Sql
let whole: Buffer
const clients: Sql[] = []

const open = async (name: string): Promise<Sql> => {
  const sql = postgres(await server.createDatabase(name), { max: 2, onnotice: () => {} })
  clients.push(sql)
  return sql
}
const directory = migrationsDirectory()
const restoreInto = (sql: Sql, bytes: Buffer, proveKey: () => Promise<unknown> = async () => {}) =>
  restoreBackup(sql, Readable.from([bytes]), { directory, proveKey })

async function backupOf(sql: Sql, onFirst: () => Promise<void> = async () => {}): Promise<Buffer> {
  const chunks: Buffer[] = []
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const before = chunks.length === 0 ? onFirst() : Promise.resolve()
      chunks.push(chunk)
      before.then(() => done(), done)
    },
  })
  await writeBackup(sql, to)
  return Buffer.concat(chunks)
}

/** Every row of every table, with what the database makes of its stored columns. */
async function rowsOf(sql: Sql): Promise<Record<string, unknown>> {
  const tables = (await tablesOf(sql)).map(({ name }) => name)
  const all = tables.map(async (name) => {
    const rows = await sql<{ row: string }[]>`SELECT t::text AS row FROM ${sql(name)} t ORDER BY 1`
    return [name, rows.map(({ row }) => row)] as const
  })
  return Object.fromEntries(await Promise.all(all))
}

/** What keeps the rows honest. */
const guardsOf = async (sql: Sql) => ({
  triggers:
    await sql`SELECT pg_get_triggerdef(oid) AS made, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`.values(),
  constraints: await sql`
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`.values(),
})

/** The same text with something else in it, as somebody could forge it. */
const forged = (change: (text: string) => string): Buffer =>
  gzipSync(Buffer.from(change(gunzipSync(whole).toString('latin1')), 'latin1'))

const append = (sql: Sql) => {
  const record = JSON.stringify({ purpose: NASTY })
  return sql`INSERT INTO audit_pending (record, leaf)
    SELECT ${record}, sha256('\\x00'::bytea || convert_to(${record}, 'UTF8'))`
}

const NASTY = 'tabs\t newlines\n, a backslash \\, \\. and \u{1F512}'

beforeAll(async () => {
  server = await startTestPostgres()
  source = await open('source')
  await migrate(source, directory)
  await source`INSERT INTO deployment (id, key_state, timeline) VALUES ('dep_1', '{"slot": {"keyId": "k1"}}', 1)`
  const put = (table: string, body: Record<string, string>) =>
    source`INSERT INTO ${source(table)} (body, mac) VALUES (${source.json(body)}, ${NASTY})`
  await put('users', { name: 'alice' })
  await put('agents', { name: 'fixer', owner: 'alice' })
  await put('environments', { name: 'staging' })
  await source`INSERT INTO tasks (id, agent, owner, environment, purpose, jkt, ends_at)
    VALUES ('tsk_1', 'fixer', 'alice', 'staging', ${NASTY}, 'jkt', clock_timestamp() + interval '1 hour')`
  await source`UPDATE config_head SET version = 7`
  await append(source)
  await source`DELETE FROM audit_pending`
  whole = await backupOf(source)
})
afterAll(async () => {
  await Promise.all(clients.map((sql) => sql.end()))
  await server?.stop()
})

describe('a backup and its restore', () => {
  let target: Sql
  beforeAll(async () => {
    target = await open('target')
    await restoreInto(target, whole)
  })

  it('bring back every row, every guard and where the sequences stood', async () => {
    const { deployment: _, ...before } = await rowsOf(source)
    expect(await rowsOf(target)).toMatchObject(before)
    expect(await guardsOf(target)).toEqual(await guardsOf(source))
    await append(target)
    expect(await target`SELECT seq FROM audit_pending`).toEqual([{ seq: '2' }])
  })

  it('mark the database as restored, whichever server it is on (I13)', async () => {
    expect(await target`SELECT id, timeline FROM deployment`).toEqual([{ id: 'dep_1', timeline: '0' }])
  })

  it('show one moment, while others go on writing', async () => {
    const during = () =>
      source`INSERT INTO users (body, mac) VALUES ('{"name": "late"}', 'mac')`.then(() => undefined)
    const moment = await open('moment')
    await restoreInto(moment, await backupOf(source, during))
    expect(await moment`SELECT name FROM users`).toEqual([{ name: 'alice' }])
    await source`DELETE FROM users WHERE name = 'late'`
  })
})

describe('a restore leaves the database empty', () => {
  let target: Sql
  beforeAll(async () => {
    target = await open('refused')
  })
  const refused = async (work: Promise<unknown>, error: object) => {
    await expect(work).rejects.toMatchObject(error)
    expect(await target`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`).toHaveLength(0)
  }
  const invalid = { code: 'config_invalid' }

  it('where the backup was cut off, wherever that was', async () => {
    for (const part of [0, 0.01, 0.3, 0.7, 0.99])
      await refused(restoreInto(target, whole.subarray(0, Math.floor(whole.length * part))), invalid)
    const text = gunzipSync(whole)
    for (const length of [10, Math.floor(text.length / 2), text.lastIndexOf('{"rows"'), text.length - 1])
      await refused(restoreInto(target, gzipSync(text.subarray(0, length))), invalid)
  })

  it('where a bit of it was changed on the way', async () => {
    const damaged = Buffer.from(whole)
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1
    await refused(restoreInto(target, damaged), invalid)
  })

  it('where it names a table or a column of its own', async () => {
    for (const [from, to] of [
      ['"name":"users"', '"name":"users; DROP TABLE agents"'],
      ['"name":"users"', '"name":"pg_authid"'],
      ['"columns":["body","mac"]', '"columns":["body","mac","name"]'],
      ['"audit_pending_seq_seq":', '"pg_catalog.x":'],
    ] as const)
      await refused(
        restoreInto(
          target,
          forged((text) => text.replace(from, to)),
        ),
        invalid,
      )
  })

  it('where a row breaks what the schema holds together', async () => {
    await refused(
      restoreInto(
        target,
        forged((text) => text.replace('"owner": "alice"', '"owner": "mallory"')),
      ),
      invalid,
    )
  })

  it('where a newer broker made it', async () => {
    const newer = forged((text) => text.replace('"migrations":[', '"migrations":["9999_future.sql",'))
    await refused(restoreInto(target, newer), { fault: 'schema_newer' })
  })

  it('where the key is another one', async () => {
    const other = () => Promise.reject(new BrokerError('tampered'))
    await refused(restoreInto(target, whole, other), { code: 'tampered' })
  })
})

it('a restore replaces nothing', async () => {
  const used = await open('used')
  await used`CREATE TABLE somebodys (id int)`
  await expect(restoreInto(used, whole)).rejects.toMatchObject({ fault: 'wrong_database' })
  expect(await used`SELECT FROM somebodys`).toEqual([])
})

it('a database without a broker gives no backup', async () => {
  await expect(backupOf(await open('nobodys'))).rejects.toMatchObject({ fault: 'wrong_database' })
})
