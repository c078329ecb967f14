import type { VendorIo } from '../../provider.ts'
import { asArray } from './principals.ts'
import type { Root } from './root.ts'
import { type Sql, withSession } from './session.ts'

/** `undefined` where this root may not read it. */
export async function systemIdentifier(sql: Sql): Promise<string | undefined> {
  const [may] = await sql.run(`SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS ok`)
  if (may?.['ok'] !== true) return undefined
  const [row] = await sql.run('SELECT system_identifier::text AS id FROM pg_control_system()')
  return String(row?.['id'])
}

/** Databases in which a session of any of these roles may begin. */
export async function connectable(sql: Sql, oids: readonly number[]): Promise<string[]> {
  const rows = await sql.run(
    `SELECT datname FROM pg_database d WHERE datallowconn
        AND EXISTS (SELECT FROM unnest($1::text::oid[]) q(oid) WHERE has_database_privilege(q.oid, d.oid, 'CONNECT'))
      ORDER BY datname`,
    [asArray(oids)],
  )
  return rows.map((row) => String(row['datname']))
}

/** What every cluster has from the start, and anybody may connect to. They hold nothing until somebody puts something there. */
export const MAINTENANCE: readonly string[] = ['postgres', 'template1']

/**
 * Which of them hold nothing of anybody's: no table, function, extension, foreign server or large object. One that
 * cannot be looked into, or is not `among` those to look into, counts as holding something.
 */
export async function emptyDatabases(
  root: Root,
  io: VendorIo,
  among: readonly string[] = MAINTENANCE,
): Promise<ReadonlySet<string>> {
  const asked = MAINTENANCE.filter((database) => database !== root.database && among.includes(database))
  const found = await Promise.all(asked.map((database) => isEmpty(root, database, io)))
  return new Set(asked.filter((_, at) => found[at]))
}

async function isEmpty(root: Root, database: string, io: VendorIo): Promise<boolean> {
  try {
    return await withSession(root, database, io, async ({ sql }) => {
      const [row] = await sql.run(
        `SELECT EXISTS (SELECT FROM pg_class WHERE oid >= 16384) OR EXISTS (SELECT FROM pg_proc WHERE oid >= 16384)
             OR EXISTS (SELECT FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_')
             OR EXISTS (SELECT FROM pg_extension WHERE oid >= 16384) OR EXISTS (SELECT FROM pg_foreign_server)
             OR EXISTS (SELECT FROM pg_largeobject_metadata) AS holds`,
      )
      return row?.['holds'] === false
    })
  } catch {
    io.signal.throwIfAborted()
    return false
  }
}
