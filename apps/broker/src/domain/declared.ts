import type { ConfigDocument } from '@credbroker/core/config/document'
import type { Agent, Environment, Issuer, Root, Scope, Team } from './config.ts'
import type { ConfigSnapshot } from './snapshot.ts'

/** Besides users: what a document declares. */
export type DeclaredTable = 'environments' | 'teams' | 'issuers' | 'agents' | 'roots' | 'scopes'
type Declared = Pick<ConfigDocument, DeclaredTable>
type Row = Environment | Team | Issuer | Agent | Root | Scope

/**
 * Stored objects as a document would declare them; those that were changed by hand are left out (I13). What federated roots say is
 * sealed, and not in it. What is disabled stays what others may refer to, but of roots, scopes and agents there is nothing more to ask.
 */
export function declaredOf(
  snapshot: ConfigSnapshot,
  wanted: (table: DeclaredTable, row: Row) => boolean,
): Declared {
  const { rows } = snapshot
  const take = <Table extends DeclaredTable>(table: Table, over: (row: Row) => boolean = () => false) =>
    (rows[table] as readonly { row: Row; intact: boolean }[]).flatMap(({ row, intact }) =>
      intact && !over(row) && wanted(table, row) ? [row] : [],
    ) as unknown as ConfigSnapshot['rows'][Table][number]['row'][]
  const off = ({ disabled }: Row) => disabled
  return {
    environments: byName(
      take('environments').filter(({ name }) => anchorsIntact(snapshot, name)),
      ({ name, tier, backups }) => ({
        tier,
        backups: [...backups],
        anchors: snapshot.anchorsOf(name).map(({ vendor, id, shared }) => ({ vendor, id, shared })),
      }),
    ),
    teams: byName(take('teams'), ({ description }) => given({ description })),
    issuers: byName(take('issuers'), ({ url, profile, jwks, algorithms }) => ({
      url,
      profile,
      algorithms: [...algorithms],
      ...(jwks !== null && { jwks: jwks as NonNullable<ConfigDocument['issuers'][string]['jwks']> }),
    })),
    agents: byName(take('agents', off), agentOf),
    roots: byName(take('roots', off), rootOf),
    scopes: byName(take('scopes', off), scopeOf),
  }
}

function anchorsIntact(snapshot: ConfigSnapshot, environment: string): boolean {
  try {
    snapshot.anchorsOf(environment)
    return true
  } catch {
    return false
  }
}

const byName = <From extends { readonly name: string }, To>(
  rows: readonly From[],
  to: (row: From) => To,
): Record<string, To> => Object.fromEntries(rows.map((row) => [row.name, to(row)]))

/** Without what is null: files leave that out. */
const given = <Fields extends Record<string, string | number | null>>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [Key in keyof Fields]?: NonNullable<Fields[Key]>
  }

const agentOf = ({ owner, teams, tool, model, maxTaskSeconds, trust }: Agent) => ({
  owner,
  teams: [...teams],
  ...given({ tool, model }),
  maxTask: maxTaskSeconds,
  trust: trust.map(({ issuer, claims, environments, maxTaskSeconds: maxTask }) => ({
    issuer,
    claims,
    ...(environments !== null && { environments: { ...environments } }),
    ...given({ maxTask }),
  })),
})

export const rootOf = ({ provider, declaredEnvironment, owner, service, onCall, recovery }: Root) => ({
  provider,
  owner,
  ...given({ environment: declaredEnvironment, service, onCall }),
  recovery,
})

const scopeOf = ({ root, environment, side, maxTtlSeconds, declaredAccess, connector, allow }: Scope) => ({
  root,
  environment,
  side,
  maxTtl: maxTtlSeconds,
  access: [...declaredAccess],
  ...(connector != null && { connector }),
  allow: allow as ConfigDocument['scopes'][string]['allow'],
})

/** Without those whose ground is not there: they stay as they are stored, and give nothing. */
export function withoutLoose(
  declared: Declared,
  among: Declared,
  isUser: (name: string) => boolean,
): Declared {
  const has = (table: DeclaredTable, name: string) =>
    Object.hasOwn(declared[table], name) || Object.hasOwn(among[table], name)
  const roots = only(
    declared.roots,
    ({ owner, environment }) =>
      isUser(owner) && (environment === undefined || has('environments', environment)),
  )
  return {
    ...declared,
    roots,
    agents: only(
      declared.agents,
      ({ owner, teams, trust }) =>
        isUser(owner) &&
        teams.every((team) => has('teams', team)) &&
        trust.every(
          ({ issuer, environments }) =>
            has('issuers', issuer) &&
            Object.values(environments ?? {}).every((environment) => has('environments', environment)),
        ),
    ),
    scopes: only(
      declared.scopes,
      ({ root, environment }) =>
        (Object.hasOwn(roots, root) || Object.hasOwn(among.roots, root)) && has('environments', environment),
    ),
  }
}

const only = <Value>(
  values: Readonly<Record<string, Value>>,
  holds: (value: Value) => boolean,
): Record<string, Value> => Object.fromEntries(Object.entries(values).filter(([, value]) => holds(value)))
