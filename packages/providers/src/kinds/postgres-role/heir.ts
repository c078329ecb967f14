import { BrokerError } from '@credbroker/core/errors'
import type { Session, Sql } from './session.ts'
import type { Spec } from './spec.ts'

/** The role that owns what a lease made once the lease has ended, where its scope names one. */
export const heirOf = (spec: Spec): string | undefined =>
  spec.template === 'roles' ? spec.reassignOwnedTo : undefined

/** Why the root must not or cannot hand anything over to this role now; undefined when it can. */
export async function objectionTo(sql: Sql, { version }: Session, heir: string): Promise<string | undefined> {
  const [found] = await sql.run(
    `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS mighty,
            pg_has_role(oid, $2) AS becomes FROM pg_roles WHERE rolname = $1`,
    [heir, version >= 16 ? 'SET' : 'MEMBER'],
  )
  if (!found) return 'no such role at the server'
  // Members do not inherit these, so such an heir would be mightier than the lease.
  if (found['mighty'] === true) return 'a role with SUPERUSER, CREATEROLE, CREATEDB, REPLICATION or BYPASSRLS'
  if (found['becomes'] !== true)
    return `the root cannot SET ROLE to it: GRANT it to the root${version >= 16 ? ' WITH SET TRUE' : ''}`
  return undefined
}

/**
 * To be asked before the lease's role has its memberships: on 15 the root, which can become the lease, would reach the heir through it.
 *
 * @throws {BrokerError} `invalid_request` saying what stands in the way.
 */
export async function expectHeir(sql: Sql, session: Session, heir: string): Promise<void> {
  refuse(await objectionTo(sql, session, heir))
}

/**
 * Looks, once the role of a lease has all its rights, whether the heir may own it wherever the lease could make something.
 *
 * @throws {BrokerError} `invalid_request` naming the right that is missing.
 */
export async function expectRoomFor(sql: Sql, heir: string, lease: string): Promise<void> {
  refuse(await missingRoom(sql, heir, lease))
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined)
    throw new BrokerError('invalid_request', {
      problems: [{ at: 'spec.reassignOwnedTo', message: problem }],
    })
}

// An owner needs CREATE in the schema; who hands over a schema needs it in the database.
async function missingRoom(sql: Sql, heir: string, lease: string): Promise<string | undefined> {
  const [row] = await sql.run(
    `SELECT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND has_schema_privilege($1, n.oid, 'CREATE')
                       AND NOT has_schema_privilege($2, n.oid, 'CREATE')) AS schema,
            has_database_privilege($1, current_database(), 'CREATE')
              AND NOT has_database_privilege(current_database(), 'CREATE') AS database`,
    [lease, heir],
  )
  if (row?.['schema'] === true)
    return 'a lease could create in a schema where this role may not: GRANT CREATE ON SCHEMA to it'
  if (row?.['database'] === true)
    return 'a lease could create schemas, which the root could not hand over: GRANT CREATE ON DATABASE to the root'
  return undefined
}
