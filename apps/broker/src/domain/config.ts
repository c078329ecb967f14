import type { Access, Side, Tier } from '@credbroker/core/access'
import type { Json } from '@credbroker/core/canonical-json'
import type { Role } from '@credbroker/core/config/document'
import type { ClaimTests, IssuerAlgorithm, IssuerProfile } from '@credbroker/core/config/trust'

interface Declared {
  readonly name: string
  /** What files own, only `apply` changes. */
  readonly source: 'files' | 'api'
  readonly disabled: boolean
}

export interface Environment extends Declared {
  readonly tier: Tier
  readonly backups: readonly string[]
  /** Environments connected by `backups` share one; it is the alphabetically first of their names. */
  readonly recoveryGroup: string
}

export interface Anchor {
  readonly vendor: string
  readonly id: string
  readonly environment: string
  readonly shared: boolean
}

export interface User extends Declared {
  readonly roles: readonly Role[]
  readonly invitedBy: string | null
}

export interface Team extends Declared {
  readonly description: string | null
}

export interface Agent extends Declared {
  readonly owner: string
  readonly teams: readonly string[]
  readonly tool: string | null
  readonly model: string | null
  readonly maxTaskSeconds: number
  readonly trust: readonly TrustRule[]
}

/** Which tokens of an issuer sign the agent in. */
export interface TrustRule {
  readonly issuer: string
  readonly claims: ClaimTests
  /** The token's `environment` → ours; null where the rule binds none. */
  readonly environments: { readonly [theirs: string]: string } | null
  readonly maxTaskSeconds: number | null
}

/** A platform whose word about its workloads counts. */
export interface Issuer extends Declared {
  /** Exactly the `iss` of its tokens. */
  readonly url: string
  readonly profile: IssuerProfile
  /** Where its keys are, or the keys themselves; null: where its discovery document says. */
  readonly jwks: string | { readonly keys: readonly Readonly<Record<string, string>>[] } | null
  readonly algorithms: readonly IssuerAlgorithm[]
}

export type RootState = 'usable' | 'spanning' | 'unusable'

export interface RootFinding {
  readonly level: 'unsafe' | 'over-broad' | 'advice'
  readonly code: string
  readonly message: string
}

export interface Recovery {
  readonly backups?: string | undefined
  readonly authority?: string | undefined
  readonly lastRestoreTest?: string | undefined
  /** The backups survive whatever this root can do. */
  readonly separateAuthority?: boolean | undefined
}

export interface Root extends Declared {
  readonly provider: string
  readonly state: RootState
  /** What the operator said; null for a root meant to span environments. */
  readonly declaredEnvironment: string | null
  readonly owner: string
  readonly service: string | null
  readonly onCall: string | null
  readonly recovery: Recovery
  readonly identity: string
  readonly reach: readonly string[]
  readonly unclaimed: readonly string[]
  readonly findings: readonly RootFinding[]
  readonly version: number
  readonly fingerprint: string
  /** When its credential was stored, ISO 8601, UTC. */
  readonly addedAt: string
  readonly checkedAt: string
}

/** A root may be used in this environment. */
export interface RootEnvironment {
  readonly root: string
  readonly environment: string
}

export interface Scope extends Declared {
  readonly root: string
  readonly environment: string
  readonly provider: string
  /** Set where the broker makes the calls itself, and nothing is minted. */
  readonly connector?: string | null
  /** Of a connector with a catalogue: what may be called, by the names that policies use, and the most that each can do. */
  readonly operations?: readonly { readonly id: string; readonly access: readonly Access[] }[]
  readonly form: string | null
  readonly side: Side
  readonly maxTtlSeconds: number
  readonly declaredAccess: readonly Access[]
  /** What the provider computed from the vendor's catalogue, raised by what was declared (I4b). */
  readonly access: readonly Access[]
  readonly evidence: readonly { readonly access: Access; readonly because: string }[]
  readonly allow: { readonly [key: string]: Json }
}

export interface Policy {
  readonly name: string
  readonly text: string
  readonly source: 'files' | 'api'
}

/** `all`, `environment:staging` or `agent:ci-fixer`. */
export interface Freeze {
  readonly target: string
  readonly by: string
  readonly at: string
  readonly reason: string | null
}

/**
 * Somebody let one agent go beyond policy in one environment for a while. It lies in the row of controls, and so counts
 * only as it was written last (I13). Times are ISO 8601, UTC.
 */
export interface BreakGlass {
  readonly id: string
  readonly environment: string
  readonly agent: string
  /** Null: every scope of the environment. */
  readonly scopes: readonly string[] | null
  readonly reason: string
  readonly by: string
  readonly at: string
  readonly endsAt: string
}

/** What is frozen. One row, one MAC, so that deleting a freeze by hand is noticed like changing one (I13). */
export interface Controls {
  readonly name: 'controls'
  readonly freezes: readonly Freeze[]
  /** Digests of outside checkpoints that a restored database does not continue and need not any more. */
  readonly forsaken?: readonly string[]
  /** See break-glass.ts. */
  readonly breakGlass?: readonly BreakGlass[]
}

/** The kinds of authority rows, and what each holds. The key is the table. */
export interface ConfigRows {
  environments: Environment
  anchors: Anchor
  users: User
  teams: Team
  issuers: Issuer
  agents: Agent
  roots: Root
  root_environments: RootEnvironment
  scopes: Scope
  policies: Policy
  controls: Controls
}
export type ConfigTable = keyof ConfigRows

/** In the order in which rows may refer to earlier ones. */
export const CONFIG_TABLES: readonly ConfigTable[] = [
  'users',
  'teams',
  'environments',
  'anchors',
  'issuers',
  'agents',
  'roots',
  'root_environments',
  'scopes',
  'policies',
  'controls',
]

/** The key of a row in its table, as the database generates it. */
export function keyOf<Table extends ConfigTable>(table: Table, row: ConfigRows[Table]): string {
  if (table === 'anchors') {
    const anchor = row as Anchor
    return `${anchor.vendor}:${anchor.id}@${anchor.environment}`
  }
  if (table === 'root_environments') {
    const use = row as RootEnvironment
    return `${use.root}@${use.environment}`
  }
  return (row as { name: string }).name
}
