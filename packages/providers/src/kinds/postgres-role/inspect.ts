import type { Finding, Inspection, VendorIo } from '../../provider.ts'
import { anchorOf } from './anchor.ts'
import { publicConnect } from './assess.ts'
import { PUBLIC } from './principals.ts'
import { type Demand, probeLogin } from './probe-login.ts'
import { connectable, emptyDatabases, systemIdentifier } from './reach.ts'
import type { Root } from './root.ts'
import { type Session, withSession } from './session.ts'

const finding = (level: Finding['level'], code: string, message: string): Finding => ({
  level,
  code,
  message,
})

/** Reads from the server what the root reaches and holds, and what would make a lease unsafe there. */
export async function inspect(root: Root, io: VendorIo): Promise<Inspection> {
  const empty = await emptyDatabases(root, io)
  const demand = await probeLogin(root, `brk_probe_${Buffer.from(io.random(6)).toString('hex')}`, io)
  return withSession(root, root.database, io, async (session) => {
    const cluster = await systemIdentifier(session.sql)
    const everywhere = await databasesOf(session)
    const open = (await connectable(session.sql, [PUBLIC])).filter((database) => database !== root.database)
    const exposed = open.filter((database) => !empty.has(database))
    const left = open.filter((database) => empty.has(database))
    const findings = [
      ...(await attributes(session)),
      ...login(session, demand),
      ...(exposed.length > 0 ? [publicConnect(exposed)] : []),
      ...(left.length > 0
        ? [
            finding(
              'advice',
              'empty-database-open',
              `Anybody may connect to ${left.join(' and ')}. Nothing is in there, so it does not count as reach; it will as soon as something is. ${
                publicConnect(left).message.split('Run: ')[1] ?? ''
              }`,
            ),
          ]
        : []),
      ...(root.sslmode === 'verify-full' ||
      root.sslmode === 'verify-ca' ||
      /^(localhost|127\.|::1$)/.test(root.host)
        ? []
        : [
            finding(
              'advice',
              'unverified-server',
              'The server’s certificate is not checked: use sslmode verify-full.',
            ),
          ]),
    ]
    if (cluster === undefined)
      findings.push(
        finding(
          'unsafe',
          'reach-unreadable',
          'The root may not read the cluster’s identity. Run: GRANT EXECUTE ON FUNCTION pg_control_system() TO the root.',
        ),
      )
    return {
      reach:
        cluster === undefined
          ? []
          : everywhere.filter((name) => !empty.has(name)).map((name) => anchorOf(cluster, name)),
      complete: cluster !== undefined,
      identity: root.user,
      findings,
    }
  })
}

/** Where the root can get: on 15 a role with CREATEROLE can become anybody but a superuser, so it gets everywhere. */
async function databasesOf({ sql, version }: Session): Promise<string[]> {
  const rows = await sql.run(
    `SELECT r.oid::text FROM pg_roles r, pg_roles me WHERE me.rolname = current_user
        AND (pg_has_role(r.oid, 'MEMBER') OR ${version < 16} AND me.rolcreaterole AND NOT r.rolsuper)`,
  )
  return connectable(
    sql,
    rows.map((row) => Number(row['oid'])),
  )
}

async function attributes({ sql, version }: Session): Promise<Finding[]> {
  const [me] = await sql.run(`SELECT oid::text, * FROM pg_roles WHERE rolname = current_user`)
  const findings: Finding[] = []
  if (me?.['rolsuper'] === true)
    findings.push(
      finding(
        'over-broad',
        'superuser',
        'The root is a superuser: it can do everything in every database, and run programs on the server. Use a role with CREATEROLE.',
      ),
    )
  else if (me?.['rolcreaterole'] !== true)
    findings.push(
      finding('unsafe', 'no-createrole', 'The root cannot make roles. Run: ALTER ROLE … CREATEROLE for it.'),
    )
  else if (version < 16)
    findings.push(
      finding(
        'over-broad',
        'createrole',
        'Before PostgreSQL 16 a role with CREATEROLE can take any role that is no superuser, pg_execute_server_program among them. Use PostgreSQL 16 or later, or a cluster of its own for this environment.',
      ),
    )
  for (const [column, code, what] of [
    ['rolcreatedb', 'createdb', 'make databases'],
    ['rolreplication', 'replication', 'copy the whole cluster'],
    ['rolbypassrls', 'bypass-rls', 'read past row-level security'],
  ] as const)
    if (me?.[column] === true && me['rolsuper'] !== true)
      findings.push(finding('over-broad', code, `The root can ${what}, which minting does not need.`))
  const members = await sql.run(
    `SELECT rolname FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER') AND NOT $2::text::bool
        AND rolname = ANY ($1::text::text[]) ORDER BY rolname`,
    [SERVER_ROLES, String(me?.['rolsuper'] === true)],
  )
  for (const { rolname } of members)
    findings.push(
      finding(
        'over-broad',
        String(rolname).replaceAll('_', '-'),
        `The root is a member of ${rolname}, which minting does not need.`,
      ),
    )
  return findings
}

const SERVER_ROLES =
  '{pg_execute_server_program,pg_write_server_files,pg_read_server_files,pg_read_all_data,pg_write_all_data,pg_signal_backend,pg_create_subscription}'

function login({ login: mine }: Session, demand: Demand): Finding[] {
  const findings: Finding[] = []
  if (mine === 'nothing' || demand === 'nothing')
    findings.push(
      finding(
        'unsafe',
        'trust-authentication',
        'The server lets roles in without proof (`trust` in pg_hba.conf, or a certificate or peer rule): it would ignore a lease’s password and its end. Use scram-sha-256.',
      ),
    )
  if (demand === 'password')
    findings.push(
      finding(
        'unsafe',
        'clear-text-password',
        'The server asks leased roles for their password in a form that reveals it. Use scram-sha-256 in pg_hba.conf.',
      ),
    )
  if (demand === 'refused')
    findings.push(
      finding(
        'advice',
        'login-refused',
        'From where the broker runs, pg_hba.conf lets no leased role into this database. Agents elsewhere may fare better.',
      ),
    )
  return findings
}
