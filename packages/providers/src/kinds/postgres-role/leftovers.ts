import { quoteIdentifier, quoteLiteral } from './identifier.ts'
import type { Session, Sql } from './session.ts'

/**
 * Takes back, in one database, all that a locked role holds, and removes what it made, except data: tables, sequences, large
 * objects and the types and schemas they need go to the root. Functions, views, rules and the like do not: they would act
 * with the root's rights from then on. Three steps, so that a later one that is held up undoes no earlier one. Answers
 * what stands in the way.
 */
export async function clearDatabase(session: Session, heir: string, name: string): Promise<string[]> {
  await rollBackPrepared(session, name)
  await session.transaction((sql) => revokeGrants(sql, name))
  await session.transaction((sql) => adopt(sql, heir, name))
  try {
    await session.transaction((sql) => dropRest(sql, name))
    return []
  } catch (error) {
    if (!(error instanceof DataAtStake)) throw error
    return [
      `columns of tables depend on what ${name} made: change their type or collation, then it is dropped`,
    ]
  }
}

async function adopt(sql: Sql, heir: string, name: string): Promise<void> {
  const own = await ownedBy(sql, name)
  for (const { what, object } of own) if (what === 'TABLE') await disarm(sql, object)
  for (const { what, object } of own)
    await sql.run(`ALTER ${what} ${object} OWNER TO ${quoteIdentifier(heir)}`)
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

/** Schemas first, then types, then what uses them. Sequences of a column follow their table. */
async function ownedBy(sql: Sql, name: string): Promise<{ what: string; object: string }[]> {
  const rows = await sql.run(
    `SELECT 1 AS turn, 'SCHEMA' AS what, quote_ident(n.nspname) AS object
       FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE r.rolname = $1 AND n.nspname !~ '^pg_'
     UNION ALL
     SELECT 2, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype::text
       FROM pg_type t JOIN pg_roles r ON r.oid = t.typowner LEFT JOIN pg_class c ON c.oid = t.typrelid
      WHERE r.rolname = $1 AND t.typtype IN ('d', 'e', 'c', 'r') AND (t.typrelid = 0 OR c.relkind = 'c')
        AND t.typnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_')
     UNION ALL
     SELECT 3, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass::text
       FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
      WHERE r.rolname = $1 AND c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass
                          AND d.objid = c.oid AND d.deptype IN ('a', 'i'))
     UNION ALL
     SELECT 2, 'COLLATION', format('%I.%I', n.nspname, l.collname) FROM pg_collation l
       JOIN pg_namespace n ON n.oid = l.collnamespace JOIN pg_roles r ON r.oid = l.collowner WHERE r.rolname = $1
     UNION ALL
     SELECT 4, 'LARGE OBJECT', m.oid::text FROM pg_largeobject_metadata m JOIN pg_roles r ON r.oid = m.lomowner WHERE r.rolname = $1
      ORDER BY 1, 3`,
    [name],
  )
  return rows.map((row) => ({ what: String(row['what']), object: String(row['object']) }))
}

/**
 * Removes from a table what would run with its new owner's rights: rules act as the owner, and the expressions of
 * indexes and statistics are computed as the owner by whoever maintains the table. Triggers and policies go with them.
 */
async function disarm(sql: Sql, table: string): Promise<void> {
  const statements = await sql.run(
    `SELECT format('DROP RULE %I ON %s', rulename, $1::text) AS text FROM pg_rewrite WHERE ev_class = $1::text::regclass
     UNION ALL SELECT format('DROP TRIGGER %I ON %s', tgname, $1::text) FROM pg_trigger
        WHERE tgrelid = $1::text::regclass AND NOT tgisinternal AND tgparentid = 0
     UNION ALL SELECT format('DROP POLICY %I ON %s', polname, $1::text) FROM pg_policy WHERE polrelid = $1::text::regclass
     UNION ALL SELECT coalesce((SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', $1::text, conname) FROM pg_constraint
                                 WHERE conindid = i.indexrelid AND conrelid = i.indrelid),
                               format('DROP INDEX %s', indexrelid::regclass)) FROM pg_index i
        WHERE indrelid = $1::text::regclass AND (indexprs IS NOT NULL OR indpred IS NOT NULL)
          AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
     UNION ALL SELECT format('DROP STATISTICS %I.%I', n.nspname, s.stxname) FROM pg_statistic_ext s
         JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = $1::text::regclass AND s.stxexprs IS NOT NULL`,
    [table],
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
