import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import { migrate } from './migrate.ts'

const ours = fileURLToPath(new URL('../../../../../migrations', import.meta.url))
let server: TestPostgres
beforeAll(async () => {
  server = await startTestPostgres()
})
afterAll(() => server.stop())

const onFresh = async (name: string) =>
  postgres(await server.createDatabase(name), { max: 1, onnotice: () => {} })

describe('migrations', () => {
  it('three replicas that start together apply each file once', async () => {
    const url = await server.createDatabase('together')
    const clients = [1, 2, 3].map(() => postgres(url, { max: 1, onnotice: () => {} }))
    const applied = await Promise.all(clients.map((sql) => migrate(sql, ours)))
    expect(applied.filter((files) => files.length > 0)).toHaveLength(1)
    await Promise.all(clients.map((sql) => sql.end()))
  })

  it('a second start applies nothing', async () => {
    const sql = await onFresh('twice')
    await migrate(sql, ours)
    expect(await migrate(sql, ours)).toEqual([])
    await sql.end()
  })

  it('a file whose name would be passed over stops the broker instead', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'migrations-'))
    await writeFile(join(directory, '0001_with_underscore.sql'), 'SELECT 1')
    const sql = await onFresh('misnamed')
    await expect(migrate(sql, directory)).rejects.toThrow('0001_with_underscore.sql')
    await sql.end()
    await rm(directory, { recursive: true })
  })

  it('a file that fails leaves the schema as it was', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'migrations-'))
    await cp(ours, directory, { recursive: true })
    await writeFile(join(directory, '9999_broken.sql'), 'CREATE TABLE half (); SELECT nonsense;')
    const sql = await onFresh('broken')
    await expect(migrate(sql, directory)).rejects.toThrow()
    expect(await sql`SELECT FROM pg_tables WHERE schemaname = 'public'`).toHaveLength(0)
    await sql.end()
    await rm(directory, { recursive: true })
  })

  it('a schema that a newer broker made is refused, with what to do', async () => {
    const sql = await onFresh('newer')
    await migrate(sql, ours)
    await sql`INSERT INTO schema_migrations (name) VALUES ('9999_future.sql')`
    await expect(migrate(sql, ours)).rejects.toMatchObject({
      fault: 'schema_newer',
      message: expect.stringContaining('9999_future'),
    })
    await sql.end()
  })
})
