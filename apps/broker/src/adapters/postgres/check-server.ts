import type { Sql } from 'postgres'
import { explainConnectFailure } from './connect-failure.ts'
import { StartupError } from './startup-error.ts'

/** What the broker learns about its database at boot. */
export interface ServerFacts {
  /** As in `server_version_num`: 180004 is 18.4. */
  readonly version: number
  readonly database: string
  readonly schema: string
  /** Differs for every cluster ever initialised; `undefined` where a managed service hides it. */
  readonly systemIdentifier: string | undefined
  /** Grows with every fail-over and point-in-time restore; `undefined` where a managed service hides it. */
  readonly timeline: number | undefined
  readonly encrypted: boolean
}

export interface CheckOptions {
  /** The oldest major version accepted. */
  readonly oldestMajor?: number
  /** A table that only our migrations make: a database that holds other tables but not this one is refused. */
  readonly ownTable?: string
}

/**
 * Connects and makes sure that the broker can work with what it finds there.
 *
 * @throws StartupError that says what is wrong and what to do, for the first of: unreachable, login refused, no
 *   such database, version, encoding, read-only or standby, permission, somebody else's tables
 */
export async function checkServer(sql: Sql, options: CheckOptions = {}): Promise<ServerFacts> {
  const { oldestMajor = 15, ownTable = 'audit_head' } = options
  const [found] = await sql<Found[]>`
    SELECT current_setting('server_version_num')::int AS version, current_database()::text AS database,
      current_schema()::text AS schema, pg_is_in_recovery() AS standby,
      current_setting('transaction_read_only') = 'on' AS read_only,
      (SELECT pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database()) AS encoding,
      coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
      coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted
  `.catch((error: unknown) => {
    throw explainConnectFailure(error)
  })
  if (!found) throw new Error('a SELECT without FROM has one row')
  const major = Math.floor(found.version / 10_000)
  if (major < oldestMajor) {
    throw new StartupError(
      'version_too_old',
      `The database server is PostgreSQL ${major}; the broker needs ${oldestMajor} or later.`,
      'Upgrade the server, or point DATABASE_URL at another one.',
    )
  }
  if (found.standby || found.read_only) {
    throw new StartupError(
      'not_writable',
      found.standby ? 'The database server is a standby.' : 'The database only allows reading.',
      'Point DATABASE_URL at the primary, as a role whose default_transaction_read_only is off.',
    )
  }
  if (found.encoding !== 'UTF8') {
    throw new StartupError(
      'wrong_encoding',
      'The database is not encoded in UTF8.',
      'Make a new one: CREATE DATABASE credbroker ENCODING UTF8 TEMPLATE template0.',
    )
  }
  if (found.schema === null || !found.may_create) {
    throw new StartupError(
      'no_permission',
      'The database role may not create tables in its schema.',
      'Make the role the owner of the database, or GRANT CREATE, USAGE ON SCHEMA public TO it.',
    )
  }
  await refuseForeign(sql, found.schema, ownTable)
  const { version, database, schema, encrypted } = found
  return { version, database, schema, encrypted, ...(await identity(sql)) }
}

interface Found {
  version: number
  database: string
  schema: string | null
  standby: boolean
  read_only: boolean
  encoding: string
  may_create: boolean
  encrypted: boolean
}

async function refuseForeign(sql: Sql, schema: string, ownTable: string): Promise<void> {
  const [tables] = await sql<{ ours: boolean; any: boolean }[]>`
    SELECT coalesce(bool_or(relname = ${ownTable}), false) AS ours, count(*) > 0 AS any
    FROM pg_class WHERE relnamespace = ${schema}::regnamespace AND relkind IN ('r', 'p')`
  if (tables?.any && !tables.ours) {
    throw new StartupError(
      'wrong_database',
      'The database holds tables of another program and none of the broker.',
      'Point DATABASE_URL at an empty database of its own: CREATE DATABASE credbroker.',
    )
  }
}

async function identity(sql: Sql): Promise<Pick<ServerFacts, 'systemIdentifier' | 'timeline'>> {
  const [system] = await sql<{ id: string }[]>`
    SELECT system_identifier::text AS id FROM pg_control_system()`.catch(() => [])
  const [wal] = await sql<{ timeline: string }[]>`
    SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline`.catch(() => [])
  return { systemIdentifier: system?.id, timeline: wal && Number.parseInt(wal.timeline, 16) }
}
