import { BrokerError } from '@credbroker/core/errors'
import { grantObjects } from './grants.ts'
import { expectHeir, expectRoomFor, heirOf } from './heir.ts'
import { quoteIdentifier, quoteLiteral } from './identifier.ts'
import type { Root } from './root.ts'
import type { Session, Sql } from './session.ts'
import type { Spec } from './spec.ts'

export interface LeaseRole {
  readonly name: string
  /** Absent in a rehearsal: the role cannot log in. */
  readonly login?: { readonly verifier: string; readonly seconds: number; readonly comment: string }
}

/** Makes the role of a lease inside an open transaction, with all that its scope says. Answers its object id. */
export async function createLeaseRole(
  sql: Sql,
  session: Session,
  root: Root,
  spec: Spec,
  role: LeaseRole,
): Promise<number> {
  const { version, superuser } = session
  const name = quoteIdentifier(role.name)
  if (spec.roles.includes(root.user))
    throw new BrokerError('invalid_request', {
      problems: [{ at: 'spec.roles', message: 'not the root itself' }],
    })
  const heir = heirOf(spec)
  if (heir !== undefined) await expectHeir(sql, session, heir)
  await sql.run(`CREATE ROLE ${name} NOLOGIN CONNECTION LIMIT ${spec.connectionLimit}`)
  // Revocation needs the root to act as the role. Without this it could neither end its sessions nor drop what it owns.
  if (!superuser)
    await sql.run(`GRANT ${name} TO CURRENT_USER${version >= 16 ? ' WITH INHERIT TRUE, SET TRUE' : ''}`)
  for (const template of spec.roles) {
    const [found] = await sql.run('SELECT 1 FROM pg_roles WHERE rolname = $1', [template])
    if (!found)
      throw new BrokerError('invalid_request', {
        problems: [{ at: 'spec.roles', message: 'no such role at the server' }],
      })
    await sql.run(
      `GRANT ${quoteIdentifier(template)} TO ${name}${version >= 16 ? ' WITH INHERIT TRUE, SET FALSE' : ''}`,
    )
  }
  await grantObjects(sql, role.name, root.database, spec)
  if (heir !== undefined) await expectRoomFor(sql, heir, role.name)
  if (role.login) await openLogin(sql, name, spec, role.login)
  const [row] = await sql.run('SELECT oid::text FROM pg_roles WHERE rolname = $1', [role.name])
  return Number(row?.['oid'])
}

async function openLogin(
  sql: Sql,
  name: string,
  spec: Spec,
  login: NonNullable<LeaseRole['login']>,
): Promise<void> {
  // By the server's clock, since the server compares it.
  const [end] = await sql.run(
    'SELECT (clock_timestamp() + make_interval(secs => $1::text::float8))::text AS at',
    [String(login.seconds)],
  )
  await sql.run(
    `ALTER ROLE ${name} LOGIN PASSWORD ${quoteLiteral(login.verifier)} VALID UNTIL ${quoteLiteral(String(end?.['at']))}`,
  )
  await sql.run(`COMMENT ON ROLE ${name} IS ${quoteLiteral(login.comment)}`)
  // Conveniences: the lease can change its own settings.
  await sql.run(`ALTER ROLE ${name} SET statement_timeout = '${spec.statementTimeoutSeconds}s'`)
  await sql.run(`ALTER ROLE ${name} SET idle_in_transaction_session_timeout = '60s'`)
  if (spec.template === 'read-only' && spec.roles.length === 0)
    await sql.run(`ALTER ROLE ${name} SET default_transaction_read_only = on`)
}
