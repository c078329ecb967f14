import { BrokerError } from '@credbroker/core/errors'
import { qualified, quoteIdentifier } from './identifier.ts'
import type { Sql } from './session.ts'
import type { Privilege, Spec } from './spec.ts'

interface Wanted {
  readonly on: 'TABLE' | 'SEQUENCE'
  /** Quoted and with its schema. */
  readonly object: string
  readonly privileges: readonly string[]
}

const BY_TEMPLATE: Record<'read-only' | 'read-write' | 'read-write-delete', readonly Privilege[]> = {
  'read-only': ['select'],
  'read-write': ['select', 'insert', 'update'],
  'read-write-delete': ['select', 'insert', 'update', 'delete'],
}

/**
 * Gives the role what its scope says, and looks whether it holds it: PostgreSQL answers a grant by somebody without the
 * grant option with a warning only.
 *
 * @throws {BrokerError} `invalid_request` for a schema or table that does not exist, `vendor_refused` naming what the root cannot give.
 */
export async function grantObjects(sql: Sql, role: string, database: string, spec: Spec): Promise<void> {
  const to = quoteIdentifier(role)
  const [may] = await sql.run(`SELECT has_database_privilege($1, $2, 'CONNECT') AS ok`, [role, database])
  if (may?.['ok'] !== true) await sql.run(`GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${to}`)
  if (spec.template === 'roles') return
  const wanted =
    spec.template === 'tables'
      ? await ofTables(sql, spec.tables)
      : await ofSchemas(sql, spec.schemas, BY_TEMPLATE[spec.template])
  const schemas =
    spec.template === 'tables' ? [...new Set(spec.tables.map(({ schema }) => schema))] : spec.schemas
  for (const schema of schemas) {
    const [usage] = await sql.run(`SELECT has_schema_privilege($1, $2, 'USAGE') AS ok`, [role, schema])
    if (usage?.['ok'] !== true) await sql.run(`GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${to}`)
  }
  for (const [head, objects] of together(wanted))
    await sql.run(`GRANT ${head} ${objects.join(', ')} TO ${to}`)
  await expectHeld(sql, role, schemas, wanted)
}

async function ofSchemas(
  sql: Sql,
  schemas: readonly string[],
  privileges: readonly Privilege[],
): Promise<Wanted[]> {
  const wanted: Wanted[] = []
  for (const [i, schema] of schemas.entries()) {
    const [found] = await sql.run('SELECT oid FROM pg_namespace WHERE nspname = $1', [schema])
    if (!found) throw missing(`spec.schemas.${i}`, 'schema')
    // What belongs to an extension is its own affair; what leads to another server is never given with a schema.
    const relations = await sql.run(
      `SELECT relname, relkind FROM pg_class c WHERE relnamespace = $1::text::oid AND relkind IN ('r', 'p', 'v', 'm', 'S')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY relname`,
      [String(found['oid'])],
    )
    for (const { relname, relkind } of relations) {
      const object = qualified(schema, String(relname))
      if (relkind !== 'S')
        wanted.push({
          on: 'TABLE',
          object,
          privileges: relkind === 'r' || relkind === 'p' ? privileges : ['select'],
        })
      else if (privileges.includes('insert')) wanted.push({ on: 'SEQUENCE', object, privileges: ['usage'] })
    }
  }
  return wanted
}

async function ofTables(
  sql: Sql,
  tables: Extract<Spec, { template: 'tables' }>['tables'],
): Promise<Wanted[]> {
  const wanted: Wanted[] = []
  for (const [i, { schema, table, privileges }] of tables.entries()) {
    const object = qualified(schema, table)
    const [found] = await sql.run(
      `SELECT c.oid FROM pg_class c WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
      [object],
    )
    if (!found) throw missing(`spec.tables.${i}`, 'table')
    wanted.push({ on: 'TABLE', object, privileges })
    if (!privileges.includes('insert')) continue
    const sequences = await sql.run(
      `SELECT n.nspname, s.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
         JOIN pg_namespace n ON n.oid = s.relnamespace
        WHERE d.classid = 'pg_class'::regclass AND d.refobjid = $1::text::oid AND d.deptype = 'a'`,
      [String(found['oid'])],
    )
    for (const { nspname, relname } of sequences)
      wanted.push({
        on: 'SEQUENCE',
        object: qualified(String(nspname), String(relname)),
        privileges: ['usage'],
      })
  }
  return wanted
}

/** One statement for all that get the same. */
function together(wanted: readonly Wanted[]): Map<string, string[]> {
  const statements = new Map<string, string[]>()
  for (const { on, object, privileges } of wanted) {
    const head = `${[...new Set(privileges)].sort().join(', ').toUpperCase()} ON ${on}`
    statements.set(head, [...(statements.get(head) ?? []), object])
  }
  return statements
}

async function expectHeld(
  sql: Sql,
  role: string,
  schemas: readonly string[],
  wanted: readonly Wanted[],
): Promise<void> {
  const flat = wanted.flatMap(({ on, object, privileges }) =>
    privileges.map((privilege) => ({ on, object, privilege })),
  )
  const lacking = await sql.run(
    `SELECT upper(w.privilege) || ' on ' || w.object AS what FROM jsonb_to_recordset($2::text::jsonb) w("on" text, object text, privilege text)
      WHERE NOT CASE w."on" WHEN 'TABLE' THEN has_table_privilege($1, w.object, w.privilege) ELSE has_sequence_privilege($1, w.object, w.privilege) END
     UNION ALL
     SELECT 'USAGE on schema ' || s FROM jsonb_array_elements_text($3::text::jsonb) s WHERE NOT has_schema_privilege($1, s, 'USAGE')
     LIMIT 5`,
    [role, JSON.stringify(flat), JSON.stringify(schemas)],
  )
  if (lacking.length > 0)
    throw new BrokerError('vendor_refused', {
      detail: `The root cannot give ${lacking.map((row) => row['what']).join(', ')}: let it own them, or GRANT them to it WITH GRANT OPTION`,
    })
}

const missing = (at: string, what: string) =>
  new BrokerError('invalid_request', {
    problems: [{ at, message: `no such ${what} in the root’s database` }],
  })
