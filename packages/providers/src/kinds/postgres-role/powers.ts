import { ACCESS, type Access, sortAccess } from '@credbroker/core/access'
import { FILE_AND_SERVER_ROLES, HARMLESS_EXTENSIONS } from './known.ts'
import { asArray, FIRST_OURS, type Principal } from './principals.ts'
import type { Sql } from './session.ts'

/** What some roles can do in one database, from its catalogue. `read` is always among it. */
export interface Powers {
  readonly access: readonly Access[]
  readonly evidence: readonly { readonly access: Access; readonly because: string }[]
  /** What leads out of this database, where no anchor can be read. */
  readonly foreign: readonly string[]
}

const OURS = `c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))
    AND c.relpersistence <> 't'`

/** Each yields `access, verb, object` for a role `q`. One concern each; what is not understood is `admin`. */
const questions = (version: number): string[] => [
  // Tables, views and columns
  `SELECT p.access, p.priv || ' on', c.oid::regclass::text FROM pg_class c
     JOIN (VALUES ('SELECT', 'read', true), ('INSERT', 'write', true), ('UPDATE', 'write', true), ('REFERENCES', 'write', true),
                  ('DELETE', 'delete', false), ('TRUNCATE', 'delete', false), ('TRIGGER', 'admin', false)
                  ${version >= 17 ? `, ('MAINTAIN', 'write', false)` : ''}) p(priv, access, columns)
       ON CASE WHEN p.columns THEN has_any_column_privilege(q.oid, c.oid, p.priv) ELSE has_table_privilege(q.oid, c.oid, p.priv) END
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${OURS} AND has_schema_privilege(q.oid, c.relnamespace, 'USAGE')`,
  `SELECT 'write', 'advances sequence', c.oid::regclass::text FROM pg_class c
    WHERE ${OURS} AND has_schema_privilege(q.oid, c.relnamespace, 'USAGE')
      AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(q.oid, c.oid, 'USAGE, UPDATE') ELSE false END`,
  // The catalogue's own secrets: password verifiers, user mappings, subscriptions, other people's large objects
  `SELECT 'secret', 'SELECT on', c.oid::regclass::text FROM pg_class c
    WHERE c.relname IN ('pg_authid', 'pg_shadow', 'pg_user_mapping', 'pg_subscription', 'pg_largeobject', 'pg_statistic', 'pg_statistic_ext_data',
                        'pg_hba_file_rules', 'pg_ident_file_mappings', 'pg_file_settings')
      AND c.relnamespace = 'pg_catalog'::regnamespace AND has_table_privilege(q.oid, c.oid, 'SELECT')`,
  // Whatever is owned can be dropped, given away and changed
  `SELECT a.access, 'owns', pg_describe_object(d.classid, d.objid, 0) FROM pg_shdepend d, (VALUES ('admin'), ('delete')) a(access)
    WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = q.oid AND d.deptype = 'o'
      AND (d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           OR d.dbid = 0 AND d.classid = 'pg_database'::regclass)`,
  // Making what others run, or what outlives the lease
  `SELECT 'admin', 'CREATE in schema', n.nspname FROM pg_namespace n
    WHERE n.nspname !~ '^pg_(toast_)?temp_' AND has_schema_privilege(q.oid, n.oid, 'CREATE')`,
  `SELECT 'admin', 'CREATE in database', d.datname FROM pg_database d
    WHERE d.datname = current_database() AND has_database_privilege(q.oid, d.oid, 'CREATE')`,
  `SELECT 'admin', 'may set', p.parname FROM pg_parameter_acl p WHERE has_parameter_privilege(q.oid, p.parname, 'SET, ALTER SYSTEM')`,
  // Rights over roles, and rights that come as attributes
  `SELECT 'admin', 'may hand out role', r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
    WHERE m.member = q.oid AND m.admin_option`,
  `SELECT a.access, 'is', a.attribute FROM pg_roles r, LATERAL (
       VALUES ('admin', 'CREATEROLE', r.rolcreaterole), ('admin', 'CREATEDB', r.rolcreatedb),
                        ('secret', 'REPLICATION', r.rolreplication), ('admin', 'BYPASSRLS', r.rolbypassrls)
     ) a(access, attribute, held) WHERE r.oid = q.oid AND a.held`,
  `SELECT coalesce(k.access, 'admin'), 'member of', r.rolname FROM pg_roles r
     LEFT JOIN (VALUES ${FILE_AND_SERVER_ROLES.map(([role, access]) => `('${role}', '${access}')`).join(', ')}) k(role, access) ON k.role = r.rolname
    WHERE r.oid = q.oid AND r.rolname ~ '^pg_' AND k.access IS DISTINCT FROM 'read'`,
  // Code that does more than SQL
  `SELECT CASE WHEN l.lanname NOT IN ('c', 'internal') OR e.extname IN ('dblink', 'adminpack') THEN 'execute' ELSE 'admin' END,
          'calls ' || l.lanname || ' function', f.oid::regprocedure::text
     FROM pg_proc f JOIN pg_language l ON l.oid = f.prolang
     LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e'
     LEFT JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
    WHERE f.oid >= ${FIRST_OURS} AND NOT l.lanpltrusted AND has_function_privilege(q.oid, f.oid, 'EXECUTE')
      AND coalesce(e.extname, '') NOT IN (${HARMLESS_EXTENSIONS.map((name) => `'${name}'`).join(', ')})`,
  `SELECT CASE WHEN f.proname ~ '^lo_(import|export)|file_write|file_unlink|file_rename' THEN 'execute'
               WHEN f.proname ~ '^pg_(read|ls|stat)_|logfile|hba' THEN 'secret' ELSE 'admin' END,
          'may execute', f.oid::regprocedure::text
     FROM pg_init_privs i JOIN pg_proc f ON f.oid = i.objoid
    WHERE i.classoid = 'pg_proc'::regclass AND has_function_privilege(q.oid, f.oid, 'EXECUTE')
      AND NOT has_function_privilege(0::oid, f.oid, 'EXECUTE') AND f.proname !~ '^pg_stat_statements'`,
  `SELECT 'admin', 'may execute, since PUBLIC may,', f.oid::regprocedure::text
     FROM pg_init_privs i JOIN pg_proc f ON f.oid = i.objoid
    WHERE i.classoid = 'pg_proc'::regclass AND has_function_privilege(0::oid, f.oid, 'EXECUTE')
      AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) x WHERE x.grantee = 0)`,
  // Large objects
  `SELECT 'write', 'UPDATE on large object', m.oid::text FROM pg_largeobject_metadata m, aclexplode(m.lomacl) x
    WHERE x.grantee IN (q.oid, 0) AND x.privilege_type = 'UPDATE'`,
  `SELECT a.access, 'lo_compat_privileges opens', 'every large object' FROM (VALUES ('write'), ('delete')) a(access)
    WHERE current_setting('lo_compat_privileges')::bool AND EXISTS (SELECT FROM pg_largeobject_metadata)`,
  `SELECT 'admin', 'USAGE on foreign-data wrapper', w.fdwname FROM pg_foreign_data_wrapper w
    WHERE has_foreign_data_wrapper_privilege(q.oid, w.oid, 'USAGE')`,
]

// Foreign tables, and whatever view looks through to one.
const FOREIGN = `WITH RECURSIVE afar(oid) AS (
    SELECT oid FROM pg_class WHERE relkind = 'f'
    UNION SELECT w.ev_class FROM afar JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = afar.oid
            AND d.classid = 'pg_rewrite'::regclass JOIN pg_rewrite w ON w.oid = d.objid)
  SELECT DISTINCT 'foreign table ' || afar.oid::regclass::text AS what FROM afar JOIN pg_class c ON c.oid = afar.oid,
         unnest($1::text::oid[]) q(oid)
   WHERE has_schema_privilege(q.oid, c.relnamespace, 'USAGE')
     AND (has_any_column_privilege(q.oid, c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(q.oid, c.oid, 'DELETE, TRUNCATE'))
  UNION SELECT 'foreign server ' || s.srvname FROM pg_foreign_server s, unnest($1::text::oid[]) q(oid)
   WHERE has_server_privilege(q.oid, s.oid, 'USAGE') ORDER BY 1 LIMIT 50`

/** Asks the catalogue of the session's database what these roles can do there. */
export async function powersOf(sql: Sql, version: number, principals: readonly Principal[]): Promise<Powers> {
  const ordinary = asArray(principals.filter(({ superuser }) => !superuser).map(({ oid }) => oid))
  const rows = await sql.run(
    `SELECT access, verb, q.oid::text AS oid, count(*)::int AS many, to_json((array_agg(object ORDER BY object))[1:4]) AS objects
       FROM unnest($1::text::oid[]) q(oid) CROSS JOIN LATERAL (${questions(version).join('\nUNION ALL\n')}) o(access, verb, object)
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [ordinary],
  )
  const byOid = new Map(principals.map((principal) => [String(principal.oid), principal]))
  const evidence = rows
    .filter((row) => row['access'] !== 'read')
    .map((row) => ({
      access: row['access'] as Access,
      because: sentence(row, byOid.get(String(row['oid']))),
    }))
  for (const { name, via } of principals.filter(({ superuser }) => superuser))
    for (const access of ACCESS.slice(1))
      evidence.push({ access, because: `${via === undefined ? '' : `${via} runs as `}${name}, a superuser` })
  const foreign = (await sql.run(FOREIGN, [ordinary])).map((row) => String(row['what']))
  for (const what of foreign)
    evidence.unshift({ access: 'admin', because: `${what} leads to another server` })
  // What a lease inherits is found with the role that it inherits from, too.
  const once = [...new Map(evidence.map((each) => [`${each.access} ${each.because}`, each])).values()]
  return {
    access: sortAccess(['read', ...once.map(({ access }) => access)]),
    evidence: spread(once),
    foreign,
  }
}

function sentence(row: Record<string, unknown>, who: Principal | undefined): string {
  const objects = row['objects'] as string[]
  const more = Number(row['many']) - objects.length
  const what = `${row['verb']} ${objects.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return who?.via === undefined ? what : `${who.via} runs as ${who.name}: ${what}`
}

/** Round by round one for each level, so that the first twenty speak of every level. */
function spread<T extends { readonly access: Access }>(evidence: readonly T[]): T[] {
  const seen = new Map<Access, number>()
  return evidence
    .map((each) => {
      const round = seen.get(each.access) ?? 0
      seen.set(each.access, round + 1)
      return { each, round }
    })
    .sort((a, b) => a.round - b.round)
    .map(({ each }) => each)
}
