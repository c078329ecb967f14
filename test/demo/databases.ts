import postgres from 'postgres'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'

/** A PostgreSQL server with a shop, seen by the person who runs it: a superuser whom nobody else knows. */
export interface ShopServer {
  readonly port: number
  readonly anchors: readonly string[]
  sql(statement: string, database?: string): Promise<Record<string, unknown>[]>
  stop(): Promise<void>
}

const url = (server: TestPostgres, database: string) => server.superuserUrl.replace(/[^/]*$/, database)

async function startServer(databases: readonly string[]): Promise<ShopServer> {
  const server = await startTestPostgres()
  const sql = async (statement: string, database = 'postgres') => {
    const client = postgres(url(server, database), { max: 1, onnotice: () => {}, fetch_types: false })
    try {
      return (await client.unsafe(statement)) as unknown as Record<string, unknown>[]
    } finally {
      await client.end({ timeout: 1 })
    }
  }
  await sql('DROP DATABASE credbroker')
  const [row] = await sql('SELECT system_identifier::text AS id FROM pg_control_system()')
  const anchors = databases.map((database) => `${row?.['id']}/${database}`)
  return { port: server.port, anchors, sql, stop: () => server.stop() }
}

const TABLES = `
  CREATE TABLE customers (id serial PRIMARY KEY, email text NOT NULL);
  CREATE TABLE orders (id serial PRIMARY KEY, customer text NOT NULL, total int NOT NULL);`

const rows = (count: number, domain: string) => `
  INSERT INTO customers (email) SELECT 'customer' || n || '@${domain}' FROM generate_series(1, ${count}) n;
  INSERT INTO orders (customer, total) SELECT email, id * 7 FROM customers;`

/** Set up as docs/providers/postgres-role.md says: a root that can make roles, and owns nothing. */
export async function startStaging(password: string): Promise<ShopServer> {
  const server = await startServer(['orders'])
  await server.sql('CREATE DATABASE orders')
  await server.sql('REVOKE CONNECT ON DATABASE orders, postgres, template1 FROM PUBLIC')
  await server.sql(
    `${TABLES}${rows(20, 'staging.test')}
    CREATE ROLE broker_root LOGIN CREATEROLE PASSWORD '${password}';
    GRANT CONNECT ON DATABASE orders TO broker_root WITH GRANT OPTION;
    GRANT USAGE ON SCHEMA public TO broker_root WITH GRANT OPTION;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO broker_root WITH GRANT OPTION;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO broker_root WITH GRANT OPTION`,
    'orders',
  )
  return server
}

/** The shop, its backup beside it, and a superuser that was made for the custom domains. */
export async function startProduction(role: string, password: string): Promise<ShopServer> {
  const server = await startServer(['orders', 'orders_backup'])
  await server.sql(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD '${password}'`)
  await fillProduction(server)
  return server
}

/** Production as it was before anything happened to it. */
export async function fillProduction(server: ShopServer): Promise<void> {
  for (const database of ['orders', 'orders_backup']) {
    await server.sql(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
    await server.sql(`CREATE DATABASE ${database}`)
    await server.sql(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`)
    await server.sql(TABLES + rows(5000, 'example.com'), database)
  }
}

/** What is there: rows and a digest of them, per database; `gone` where there is nothing left to look at. */
export async function stateOf(server: ShopServer): Promise<string> {
  const states: string[] = []
  for (const database of ['orders', 'orders_backup']) {
    const [row] = await server
      .sql(
        `SELECT count(*)::int AS count, md5(string_agg(o::text || c::text, '' ORDER BY o.id)) AS digest
          FROM orders o JOIN customers c USING (id)`,
        database,
      )
      .catch(() => [])
    states.push(
      row ? `${database}: ${row['count']} orders ${String(row['digest']).slice(0, 8)}` : `${database}: gone`,
    )
  }
  return states.join(', ')
}

export const leasedRoles = async (server: ShopServer): Promise<string[]> =>
  (await server.sql(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)).map(({ rolname }) =>
    String(rolname),
  )
