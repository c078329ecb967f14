import type { ConfigDocument } from '@credbroker/core/config/document'
import type { Problem } from '@credbroker/core/errors'
import { configProblems } from '../../domain/config-rules.ts'
import { type DeclaredTable, declaredOf, withoutLoose } from '../../domain/declared.ts'
import type { StandingOf } from '../../domain/desired-config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { ConfigOrder, PrepareDeps } from './config-order.ts'
import { connectorRules, providerRules } from './kind-rules.ts'

/** All that is declared, by whomever: what is new and what stays besides. */
export interface WholeOrder extends ConfigOrder {
  /** Users whom the document does not name. */
  readonly outside: ReadonlySet<string>
  /** Who owns an object of the document, and whether it is disabled. */
  readonly standing: StandingOf
  readonly together: readonly { readonly name: string; readonly backups: readonly string[] }[]
  /** It stays as it is stored. */
  readonly isKept: (table: DeclaredTable, name: string) => boolean
}

const ON_FILES = { source: 'files', disabled: false } as const
const BY_API = { source: 'api', disabled: false } as const

/** What files say, and besides what the API made and they do not name. What both name is the files' from now on. */
export function filesAndOthers(snapshot: ConfigSnapshot, files: ConfigOrder): WholeOrder {
  const { config } = files
  const outside = new Set(
    snapshot.rows.users.flatMap(({ row }) => (row.source === 'api' && !row.disabled ? [row.name] : [])),
  )
  const others = declaredOf(
    snapshot,
    (table, { name, source }) => source === 'api' && !Object.hasOwn(config[table], name),
  )
  const isUser = (name: string) => Object.hasOwn(config.users, name) || outside.has(name)
  const kept = withoutLoose(others, config, isUser)
  const isKept = (table: DeclaredTable, name: string) => Object.hasOwn(kept[table], name)
  return {
    ...files,
    config: merged(config, kept),
    // Files bring credentials for their own roots only.
    secrets: Object.fromEntries(Object.entries(files.secrets).filter(([root]) => !isKept('roots', root))),
    outside,
    together: heldTogether(snapshot, config.environments),
    standing: (table, name) =>
      table !== 'users' && isKept(table, name) ? (snapshot.stored(table, name)?.row ?? BY_API) : ON_FILES,
    isKept,
  }
}

/** Everything as it is stored, and in it one object that the API puts. */
export function storedWith(
  snapshot: ConfigSnapshot,
  put: Partial<Pick<ConfigDocument, DeclaredTable | 'users'>> = {},
): WholeOrder {
  const outside = new Set(
    snapshot.rows.users.flatMap(({ row, intact }) => (intact && !row.disabled ? [row.name] : [])),
  )
  const isPut = (table: DeclaredTable | 'users', name: string) => Object.hasOwn(put[table] ?? {}, name)
  const others = declaredOf(snapshot, (table, { name }) => !isPut(table, name))
  const base = merged(EMPTY, put)
  const kept = withoutLoose(others, base, (name) => outside.has(name))
  return {
    config: merged(base, kept),
    policies: [],
    secrets: {},
    outside,
    together: heldTogether(snapshot, put.environments ?? {}),
    standing: (table, name) => (isPut(table, name) ? BY_API : (snapshot.stored(table, name)?.row ?? BY_API)),
    isKept: (table, name) => Object.hasOwn(kept[table], name),
  }
}

const EMPTY: ConfigDocument = {
  version: 1,
  environments: {},
  users: {},
  teams: {},
  issuers: {},
  agents: {},
  roots: {},
  scopes: {},
}

const merged = (one: ConfigDocument, other: Partial<ConfigDocument>): ConfigDocument => ({
  version: 1,
  environments: { ...one.environments, ...other.environments },
  users: { ...one.users, ...other.users },
  teams: { ...one.teams, ...other.teams },
  issuers: { ...one.issuers, ...other.issuers },
  agents: { ...one.agents, ...other.agents },
  roots: { ...one.roots, ...other.roots },
  scopes: { ...one.scopes, ...other.scopes },
})

/**
 * Where an environment was changed by hand, what it says of backups is not known: until it is repaired, nothing that was of one
 * recovery group is parted (I5, I13).
 */
function heldTogether(snapshot: ConfigSnapshot, said: Readonly<Record<string, unknown>>) {
  const unknown = snapshot
    .tampered()
    .some(({ table, key }) => table === 'environments' && !Object.hasOwn(said, key))
  if (!unknown) return []
  return snapshot.rows.environments.flatMap(({ row, intact }) =>
    intact ? [{ name: row.name, backups: [row.recoveryGroup] }] : [],
  )
}

/** Every rule that the whole breaks, before a vendor is asked. */
export async function wholeProblems(
  deps: PrepareDeps,
  { config, outside, isKept }: WholeOrder,
): Promise<Problem[]> {
  const connectors = await connectorRules(deps, config)
  // What federated roots say lies sealed beside them, and was checked when it was taken in.
  const sealed = new Set(
    Object.keys(config.roots).flatMap((name) => (isKept('roots', name) ? [`roots.${name}.federated`] : [])),
  )
  return configProblems(config, providerRules(deps), outside, connectors).filter(({ at }) => !sealed.has(at))
}
