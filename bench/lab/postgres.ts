import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { startTestPostgres, type TestPostgres } from '../../test/harness/postgres.ts'

/** A real PostgreSQL 18 that commits to disk, and in it a database that the broker mints credentials for. */
export interface Durable extends TestPostgres {
  /** Of the database `orders`, as `environments.*.anchors` names it. */
  readonly anchor: string
  /** The document of a root that may mint readers of `orders`. */
  readonly root: Readonly<Record<string, string | number>>
}

export async function startDurablePostgres(): Promise<Durable> {
  const server = await startTestPostgres({
    settings: { fsync: 'on', full_page_writes: 'on', shared_buffers: '128MB', max_wal_size: '2GB' },
  })
  const password = randomBytes(12).toString('hex')
  const [row] = await asSuperuser(server, 'postgres', [
    'CREATE DATABASE orders',
    // PUBLIC may connect to the environment's own database only.
    'REVOKE CONNECT ON DATABASE credbroker, postgres, template1 FROM PUBLIC',
    `CREATE ROLE minter LOGIN CREATEROLE PASSWORD '${password}'`,
    'SELECT system_identifier::text AS id FROM pg_control_system()',
  ])
  await asSuperuser(server, 'orders', [
    'CREATE TABLE orders (id serial PRIMARY KEY, total int NOT NULL)',
    'GRANT USAGE ON SCHEMA public TO minter WITH GRANT OPTION',
    'GRANT SELECT ON orders TO minter WITH GRANT OPTION',
  ])
  const place = { host: '127.0.0.1', port: server.port, database: 'orders', sslmode: 'disable' }
  return { ...server, anchor: `${row?.['id']}/orders`, root: { ...place, user: 'minter', password } }
}

/** Runs statements one after the other; answers the rows of the last one. */
export async function asSuperuser(
  server: Pick<TestPostgres, 'superuserUrl'>,
  database: string,
  statements: readonly string[],
): Promise<readonly Record<string, unknown>[]> {
  const url = server.superuserUrl.replace(/[^/]*$/, database)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    let rows: readonly Record<string, unknown>[] = []
    for (const statement of statements) rows = await sql.unsafe(statement)
    return rows
  } finally {
    await sql.end()
  }
}
