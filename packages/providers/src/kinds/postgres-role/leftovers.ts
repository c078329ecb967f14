import { type EndedLease, handOver } from './hand-over.ts'
import { quoteIdentifier, quoteLiteral } from './identifier.ts'
import type { Session, Sql } from './session.ts'

export interface Cleared {
  /** What stands in the way. */
  readonly remains: readonly string[]
  /** What does not, and operators should know. */
  readonly said: readonly string[]
}

/**
 * Takes back, in one database, all that a locked role holds, and removes what it made, except data: tables, sequences, large
 * objects and the types and schemas they need get another owner. Functions, views, rules and the like do not: they would act
 * with that owner's rights from then on. Three steps, so that a later one that is held up undoes no earlier one.
 */
export async function clearDatabase(session: Session, rootUser: string, lease: EndedLease): Promise<Cleared> {
  const { name } = lease
  await rollBackPrepared(session, name)
  await session.transaction((sql) => revokeGrants(sql, name))
  const said = await handOver(session, rootUser, lease)
  try {
    await session.transaction((sql) => dropRest(sql, name))
    return { remains: [], said }
  } catch (error) {
    if (!(error instanceof DataAtStake)) throw error
    const depends = `columns of tables depend on what ${name} made: change their type or collation, then it is dropped`
    return { remains: [depends], said }
  }
}

async function dropRest(sql: Sql, name: string): Promise<void> {
  await sql.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
  const before = await dataColumns(sql)
  await sql.run(`DROP OWNED BY ${quoteIdentifier(name)} CASCADE`)
  if ((await dataColumns(sql)) !== before) throw new DataAtStake()
}

class DataAtStake extends Error {}

/** A prepared transaction outlives its session and holds its locks. Only who prepared it may roll it back. */
async function rollBackPrepared({ sql }: Session, name: string): Promise<void> {
  const prepared = await sql.run(
    'SELECT gid FROM pg_prepared_xacts WHERE owner = $1 AND database = current_database()',
    [name],
  )
  if (prepared.length === 0) return
  await sql.run(`SET ROLE ${quoteIdentifier(name)}`)
  try {
    for (const { gid } of prepared) await sql.run(`ROLLBACK PREPARED ${quoteLiteral(String(gid))}`)
  } finally {
    await sql.run('RESET ROLE')
  }
}

/**
 * Privilege by privilege, before DROP OWNED does the rest: that revokes ALL, which fails where the root's own grant options
 * are none that columns have ("permission denied for column tableoid", seen on 15 and 18 with USAGE on a sequence).
 */
async function revokeGrants(sql: Sql, name: string): Promise<void> {
  const statements = await sql.run(
    `SELECT format('REVOKE %s ON %s %s FROM %I', privileges, kind, string_agg(object, ', '), $1::text) AS text FROM (
       SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.oid::regclass::text AS object,
              string_agg(DISTINCT x.privilege_type, ', ') AS privileges
         FROM pg_class c, aclexplode(c.relacl) x, pg_roles r
        WHERE r.rolname = $1::text AND x.grantee = r.oid AND c.relowner <> r.oid GROUP BY 1, 2
     ) held GROUP BY privileges, kind`,
    [name],
  )
  for (const { text } of statements) await sql.run(String(text))
}

/** Columns that hold data and are computed from nothing else. */
async function dataColumns(sql: Sql): Promise<string> {
  const [row] = await sql.run(
    `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(a.attrelid || '.' || a.attnum, 0)), 0) AS sum
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND c.oid >= 16384
        AND c.relpersistence <> 't'`,
  )
  return String(row?.['sum'])
}
