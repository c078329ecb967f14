import { objectionTo } from './heir.ts'
import { quoteIdentifier } from './identifier.ts'
import { sqlState } from './server-error.ts'
import type { Session, Sql } from './session.ts'

interface Owned {
  readonly what: string
  readonly object: string
}

export interface EndedLease {
  readonly name: string
  /** Who is to own what it made. Without one, or where that cannot be any more, the root. */
  readonly heir: string | undefined
}

/**
 * Gives the data that a lease made in one database a new owner: REASSIGN OWNED, but only of what does not act with its
 * owner's rights. All of it to the heir, or all to the root, so that a table and its type stay together. Answers what operators should know.
 */
export async function handOver(
  session: Session,
  rootUser: string,
  { name, heir }: EndedLease,
): Promise<string[]> {
  if (heir !== undefined && (await toHeir(session, name, heir))) return []
  const any = await session.transaction((sql) => adopt(sql, name, rootUser))
  if (heir === undefined || !any) return []
  return [
    `what ${name} made belongs to the root: the role of reassignOwnedTo could not take it. Give it another owner with ALTER … OWNER TO`,
  ]
}

async function toHeir(session: Session, name: string, heir: string): Promise<boolean> {
  // It was right when the lease was minted; since then it may have gone or grown.
  if ((await objectionTo(session.sql, session, heir)) !== undefined) return false
  try {
    await session.transaction(async (sql) => {
      await applyDefaultPrivileges(sql, name, heir)
      await adopt(sql, name, heir)
    })
    return true
  } catch (error) {
    // Class 42: the server will not have it so, however often it is asked.
    if (sqlState(error)?.startsWith('42')) return false
    throw error
  }
}

async function adopt(sql: Sql, name: string, owner: string): Promise<boolean> {
  const own = await ownedBy(sql, name)
  // Again while it finds something: a constraint that a child shares with its parent is the child's own once the parent's has gone.
  while ((await disarmAll(sql, own)) > 0);
  for (const { what, object } of own) {
    // A lease can take its own right to create there away, and the owner of what is in it needs that.
    if (what === 'SCHEMA')
      await sql.run(`GRANT USAGE, CREATE ON SCHEMA ${object} TO ${quoteIdentifier(owner)}`)
    await sql.run(`ALTER ${what} ${object} OWNER TO ${quoteIdentifier(owner)}`)
  }
  return own.length > 0
}

async function disarmAll(sql: Sql, own: readonly Owned[]): Promise<number> {
  let found = 0
  for (const { what, object } of own) {
    if (what === 'TABLE') found += await disarm(sql, object)
    if (what === 'DOMAIN') found += await disarmDomain(sql, object)
  }
  return found
}

/** Grants what ALTER DEFAULT PRIVILEGES says for objects that the heir makes, as if it had made these. */
async function applyDefaultPrivileges(sql: Sql, name: string, heir: string): Promise<void> {
  const statements = await sql.run(
    `SELECT format('GRANT %s ON %s %s TO %s%s', string_agg(DISTINCT x.privilege_type, ', '), m.kind, m.object,
                   coalesce(quote_ident(g.rolname), 'PUBLIC'), CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' END) AS text
       FROM pg_roles lease, LATERAL (
              SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END AS type,
                     c.oid::regclass::text AS object, c.relnamespace AS schema FROM pg_class c
               WHERE c.relowner = lease.oid AND c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
              UNION ALL SELECT 'SCHEMA', 'n', quote_ident(n.nspname), 0 FROM pg_namespace n
               WHERE n.nspowner = lease.oid AND n.nspname !~ '^pg_'
            ) m
       JOIN pg_default_acl d ON d.defaclobjtype::text = m.type AND d.defaclnamespace IN (0, m.schema)
       JOIN pg_roles h ON h.oid = d.defaclrole AND h.rolname = $2, aclexplode(d.defaclacl) x LEFT JOIN pg_roles g ON g.oid = x.grantee
      WHERE lease.rolname = $1 AND x.grantee NOT IN (h.oid, lease.oid)
      GROUP BY m.kind, m.object, g.rolname, x.is_grantable`,
    [name, heir],
  )
  for (const { text } of statements) await sql.run(String(text))
}

/** Schemas first, then types, then what uses them. Sequences of a column follow their table. */
async function ownedBy(sql: Sql, name: string): Promise<Owned[]> {
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
 * indexes and statistics are computed as the owner by whoever maintains the table. So are, by a foreign key that writes
 * into it, checks and defaults. Triggers and policies go with them.
 */
async function disarm(sql: Sql, table: string): Promise<number> {
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
         JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = $1::text::regclass AND s.stxexprs IS NOT NULL
     UNION ALL SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', $1::text, k.conname) FROM pg_constraint k
        WHERE k.conrelid = $1::text::regclass AND k.conparentid = 0 AND k.coninhcount = 0
          AND (k.contype = 'c' AND ${LOOKS_AROUND} OR k.contype = 'f' AND 'd' IN (k.confdeltype, k.confupdtype))`,
    [table],
  )
  for (const { text } of statements) await sql.run(String(text))
  return statements.length
}

async function disarmDomain(sql: Sql, domain: string): Promise<number> {
  const statements = await sql.run(
    `SELECT format('ALTER DOMAIN %s DROP CONSTRAINT %I', $1::text, k.conname) AS text FROM pg_constraint k
      WHERE k.contypid = $1::text::regtype AND k.contype = 'c' AND ${LOOKS_AROUND}`,
    [domain],
  )
  for (const { text } of statements) await sql.run(String(text))
  return statements.length
}

/** Calls a function that reads more than its arguments, such as query_to_xml. The catalogue records no dependence on built-in functions. */
const LOOKS_AROUND = `EXISTS (SELECT FROM regexp_matches(k.conbin::text, ':(?:op)?funcid (\\d+)', 'g') called(id)
    JOIN pg_proc f ON f.oid = called.id[1]::oid WHERE f.provolatile <> 'i')`
