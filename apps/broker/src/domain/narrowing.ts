import { type Access, sortAccess } from '@credbroker/core/access'

/** What may be done with one scope. */
export interface ScopeAuthority {
  readonly access: readonly Access[]
  /** Epoch milliseconds. */
  readonly endsAt: number
  /** Upper bounds by name, such as how many calls. What is not named has no bound. */
  readonly atMost: Readonly<Record<string, number>>
}

/** All that a task or a token confers, the sum of its RFC 9396 authorization details. What it does not name, it does not confer. */
export interface Authority {
  readonly environment: string
  readonly scopes: ReadonlyMap<string, ScopeAuthority>
  /** Epoch milliseconds. */
  readonly endsAt: number
  /** How many generations of tasks may be put below it. */
  readonly delegations: number
}

/** What somebody asks to be handed on. What it leaves out stays as it is above; whatever it says, it gets no more than that. */
export interface Wanted {
  readonly scopes: ReadonlyMap<string, Partial<ScopeAuthority>>
  readonly endsAt?: number | undefined
}

/**
 * I9, the relation ⊑: everything that `child` allows, `parent` allows. Reflexive, transitive, and antisymmetric up to
 * the order in which sets are written down.
 */
export const isWithin = (child: Authority, parent: Authority): boolean =>
  child.environment === parent.environment &&
  child.endsAt <= parent.endsAt &&
  child.delegations <= parent.delegations &&
  [...child.scopes].every(([name, scope]) => {
    const above = parent.scopes.get(name)
    return above !== undefined && scopeIsWithin(scope, above)
  })

const scopeIsWithin = (child: ScopeAuthority, parent: ScopeAuthority): boolean =>
  child.access.every((level) => parent.access.includes(level)) &&
  child.endsAt <= parent.endsAt &&
  // Written so that NaN is within nothing.
  Object.entries(parent.atMost).every(([name, bound]) => (boundOf(child, name) ?? Number.NaN) <= bound)

const boundOf = ({ atMost }: ScopeAuthority, name: string): number | undefined =>
  Object.hasOwn(atMost, name) ? atMost[name] : undefined

/**
 * The most of what is wanted that is within the parent, one generation below it; undefined where there is no further
 * generation. Scopes that the parent does not hold are left out.
 */
export function handOn(parent: Authority, wanted: Wanted): Authority | undefined {
  if (!(parent.delegations > 0)) return undefined
  const scopes = new Map<string, ScopeAuthority>()
  for (const [name, asked] of wanted.scopes) {
    const held = parent.scopes.get(name)
    if (held) scopes.set(name, narrowScope(held, asked))
  }
  return {
    environment: parent.environment,
    scopes,
    endsAt: lower(parent.endsAt, wanted.endsAt),
    delegations: parent.delegations - 1,
  }
}

function narrowScope(held: ScopeAuthority, asked: Partial<ScopeAuthority>): ScopeAuthority {
  const atMost: Record<string, number> = { ...held.atMost }
  for (const [name, bound] of Object.entries(asked.atMost ?? {}))
    atMost[name] = lower(bound, Object.hasOwn(held.atMost, name) ? held.atMost[name] : undefined)
  return {
    access: sortAccess(held.access).filter((level) => asked.access?.includes(level) ?? true),
    endsAt: lower(held.endsAt, asked.endsAt),
    atMost,
  }
}

const lower = (one: number, other: number | undefined): number =>
  other === undefined ? one : Math.min(one, other)
