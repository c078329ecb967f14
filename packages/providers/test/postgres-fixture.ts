import { randomBytes } from 'node:crypto'
import type { Json } from '@credbroker/core/canonical-json'
import type { Credential } from '@credbroker/core/credential'
import postgres from 'postgres'
import { startTestPostgres, type TestPostgres } from '../../../test/harness/postgres.ts'

export interface Shop {
  readonly server: TestPostgres
  readonly version: 15 | 18
  /** `<system identifier>/orders` and, for the other databases, the same with their names. */
  anchor(database: string): string
  /** `broker_root`: CREATEROLE, and what it hands out WITH GRANT OPTION. */
  readonly root: { readonly [key: string]: Json }
  readonly superuserRoot: { readonly [key: string]: Json }
  /** Runs as the superuser, by default in the database of the shop. */
  admin(statement: string, database?: string): Promise<Record<string, unknown>[]>
  connect(credential: Credential | { user: string; password: string; database?: string }): postgres.Sql
  close(): Promise<void>
}

/**
 * A cluster with a staging shop (`orders`) beside a production database, as an operator who read our documentation would
 * have set it up: PUBLIC may connect to the shop only, and the root owns nothing.
 */
export async function startShop(
  version: 15 | 18,
  settings: Record<string, string> = {},
): Promise<Shop | undefined> {
  const server = await startTestPostgres({ version, settings })
  if (!server) return undefined
  const superuser = new URL(server.superuserUrl)
  const password = randomBytes(12).toString('hex')
  const opened = new Map<string, postgres.Sql>()
  const sessions = new Set<postgres.Sql>()

  const admin = async (statement: string, database = 'orders') => {
    const known = opened.get(database)
    const sql = known ?? postgres(`${server.superuserUrl.replace(/[^/]*$/, '')}${database}`, quiet)
    if (!known) opened.set(database, sql)
    return (await sql.unsafe(statement)) as unknown as Record<string, unknown>[]
  }

  await admin('CREATE DATABASE orders', 'postgres')
  await admin('CREATE DATABASE production', 'postgres')
  await admin('REVOKE CONNECT ON DATABASE production, credbroker FROM PUBLIC', 'postgres')
  await admin(`CREATE ROLE broker_root LOGIN CREATEROLE PASSWORD '${password}';
    CREATE ROLE shop_owner; CREATE ROLE app_ro;
    GRANT app_ro TO broker_root WITH ADMIN OPTION;
    GRANT USAGE ON SCHEMA public TO broker_root WITH GRANT OPTION;
    SET ROLE shop_owner; RESET ROLE;
    GRANT CREATE ON SCHEMA public TO shop_owner;
    CREATE TABLE orders (id serial PRIMARY KEY, total int NOT NULL);
    CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text);
    INSERT INTO orders (total) VALUES (10), (20);
    ALTER TABLE orders OWNER TO shop_owner;
    ALTER TABLE customers OWNER TO shop_owner;
    GRANT SELECT, INSERT, UPDATE, DELETE ON orders, customers TO broker_root WITH GRANT OPTION;
    GRANT USAGE ON SEQUENCE orders_id_seq, customers_id_seq TO broker_root WITH GRANT OPTION;
    GRANT SELECT ON orders TO app_ro`)
  await admin('CREATE TABLE secrets (value text)', 'production')
  const [row] = await admin('SELECT system_identifier::text AS id FROM pg_control_system()')
  const place = { host: '127.0.0.1', port: server.port, database: 'orders', sslmode: 'disable' }

  return {
    server,
    version,
    anchor: (database) => `${row?.['id']}/${database}`,
    root: { ...place, user: 'broker_root', password },
    superuserRoot: { ...place, user: 'postgres', password: decodeURIComponent(superuser.password) },
    admin,
    connect(credential) {
      const { user, database } = credential as { user: string; database?: string }
      const secret = (credential as { password: string | { expose(): string } }).password
      const sql = postgres({
        host: '127.0.0.1',
        port: server.port,
        database: database ?? 'orders',
        user,
        password: typeof secret === 'string' ? secret : secret.expose(),
        ...quiet,
      })
      sessions.add(sql)
      return sql
    },
    async close() {
      for (const sql of [...sessions, ...opened.values()]) await sql.end({ timeout: 0 })
      await server.stop()
    },
  }
}

const quiet = { max: 1, onnotice: () => {}, fetch_types: false, connect_timeout: 5 } as const
