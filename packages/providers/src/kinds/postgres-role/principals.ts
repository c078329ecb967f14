import type { Row, Sql } from './session.ts'

/** A role whose rights count, and how one comes by them. */
export interface Principal {
  readonly oid: number
  readonly name: string
  /** `undefined`: the lease is this role or a member. Otherwise what runs as this role on the lease's behalf. */
  readonly via: string | undefined
  /** Can do everything, so nothing more is asked about it. */
  readonly superuser: boolean
}

/** Object ids below it are the server's own (FirstNormalObjectId). */
export const FIRST_OURS = 16_384

/** PUBLIC, as the privilege functions know it. */
export const PUBLIC = 0

// What runs with its owner's rights when `q` acts: functions it may execute and reach by name or through something else
// that uses them; functions behind aggregates, event triggers and the triggers of tables it may write; rules of those tables.
const RUNS_AS_OWNER = `
  SELECT f.proowner AS owner, f.oid::regprocedure::text AS via FROM pg_proc f
   WHERE f.prosecdef AND f.oid >= ${FIRST_OURS} AND has_function_privilege(q.oid, f.oid, 'EXECUTE')
     AND (has_schema_privilege(q.oid, f.pronamespace, 'USAGE')
          OR EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid
                        AND d.deptype = 'n' AND d.classid <> 'pg_trigger'::regclass))
  UNION ALL
  SELECT f.proowner, f.oid::regprocedure::text FROM pg_aggregate a
    JOIN pg_proc f ON f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn)
   WHERE f.prosecdef AND has_function_privilege(q.oid, a.aggfnoid, 'EXECUTE')
  UNION ALL
  SELECT f.proowner, f.oid::regprocedure::text FROM pg_event_trigger e JOIN pg_proc f ON f.oid = e.evtfoid
   WHERE f.prosecdef AND e.evtenabled <> 'D'
  UNION ALL
  SELECT f.proowner, f.oid::regprocedure::text FROM pg_trigger t
    JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
   WHERE f.prosecdef AND NOT t.tgisinternal AND has_schema_privilege(q.oid, c.relnamespace, 'USAGE')
     AND (has_any_column_privilege(q.oid, c.oid, 'INSERT, UPDATE') OR has_table_privilege(q.oid, c.oid, 'DELETE, TRUNCATE'))
  UNION ALL
  SELECT c.relowner, 'rule on ' || c.oid::regclass::text FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class
   WHERE w.ev_type <> '1' AND w.oid >= ${FIRST_OURS} AND has_schema_privilege(q.oid, c.relnamespace, 'USAGE')
     AND (has_any_column_privilege(q.oid, c.oid, 'INSERT, UPDATE') OR has_table_privilege(q.oid, c.oid, 'DELETE'))`

/**
 * Everybody with whose rights a session of these roles can act, in the database of this session: themselves, the roles
 * they may become or inherit from, and, again and again, the owners of what runs with its owner's rights.
 */
export async function principalsOf(sql: Sql, start: readonly number[]): Promise<Principal[]> {
  const rows = await sql.run(
    `WITH RECURSIVE role(oid, super) AS (SELECT oid, rolsuper FROM pg_roles UNION ALL SELECT 0, false),
     q(oid, via, super) AS (
       SELECT r.oid, NULL::text, r.super FROM unnest($1::text::oid[]) s(oid) JOIN role r ON ${becomes('s.oid', 'r')}
       UNION
       SELECT r.oid, o.via, r.super FROM q CROSS JOIN LATERAL (${RUNS_AS_OWNER}) o JOIN role r ON ${becomes('o.owner', 'r')}
        WHERE NOT q.super
     )
     SELECT q.oid::text, coalesce(r.rolname, 'PUBLIC') AS name, q.super,
            CASE WHEN bool_or(via IS NULL) THEN NULL ELSE min(via) END AS via
       FROM q LEFT JOIN pg_roles r ON r.oid = q.oid GROUP BY 1, 2, 3 ORDER BY 2`,
    [asArray(start)],
  )
  return rows.map((row: Row) => ({
    oid: Number(row['oid']),
    name: String(row['name']),
    via: row['via'] === null ? undefined : String(row['via']),
    superuser: row['super'] === true,
  }))
}

// A superuser counts as a member of every role; naming them all would say nothing.
const becomes = (from: string, to: string): string =>
  `${from} = ${to}.oid OR ${from} <> 0 AND ${to}.oid <> 0 AND NOT (SELECT rolsuper FROM pg_roles WHERE pg_roles.oid = ${from})
     AND pg_has_role(${from}, ${to}.oid, 'MEMBER')`

/** Object ids in PostgreSQL's own notation, for `$1::text::oid[]`. */
export const asArray = (oids: readonly number[]): string => `{${oids.join(',')}}`
