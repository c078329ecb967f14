import {
  type Agent,
  type ConfigTable,
  type Controls,
  type Environment,
  keyOf,
  type Root,
  type Scope,
  type User,
} from './config.ts'
import { type RowChange, rowText } from './config-diff.ts'

/** What the mark depends on besides the change itself. */
export interface WideningContext {
  /** Environments that are protected before or after the change. */
  readonly isProtected: (environment: string) => boolean
  readonly anyProtected: boolean
  /** The stored row is not what was written last, or is gone: what it says is no measure of more or less (I13). */
  readonly isTampered: (table: ConfigTable, key: string) => boolean
  /** The effects of a policy file's statements. */
  readonly effects: (text: string) => ReadonlySet<'permit' | 'forbid'>
}

/** Changes to these reach every environment, a protected one among them. */
const EVERYWHERE: ReadonlySet<ConfigTable> = new Set([
  'users',
  'teams',
  'issuers',
  'agents',
  'policies',
  'controls',
])

/**
 * I4c: whether a change widens what a protected environment allows, so that a person must approve it. Everything that
 * touches one does, except the closed list: remove a permit, add a forbid, disable, shorten.
 */
export function needsApproval(
  change: RowChange,
  { isProtected, anyProtected, isTampered, effects }: WideningContext,
): boolean {
  const row = (change.after ?? change.before) as never
  if (isTampered(change.table, keyOf(change.table, row))) return anyProtected
  if (reachesEverywhere(change)) {
    if (!anyProtected) return false
  } else if (!environmentsOf(change).some(isProtected)) return false
  if (change.table === 'controls') return !holdsMore(change.before, change.after, isProtected)
  return !narrows(change, effects)
}

/** A root that is meant to span environments is in none of them, and its reach may be in any. */
const reachesEverywhere = ({ table, before, after }: RowChange): boolean =>
  EVERYWHERE.has(table) ||
  (table === 'roots' && [before, after].some((row) => row && (row as Root).declaredEnvironment === null))

export const environmentsOf = (change: RowChange): string[] =>
  [change.before, change.after].flatMap((row) => {
    if (!row) return []
    if (change.table === 'environments') return [(row as Environment).name, ...(row as Environment).backups]
    const { environment, declaredEnvironment } = row as {
      environment?: string
      declaredEnvironment?: string | null
    }
    return [environment, declaredEnvironment].filter((name) => typeof name === 'string')
  })

function narrows(change: RowChange, effects: WideningContext['effects']): boolean {
  const { table, before, after } = change
  if (table === 'policies') {
    const from: ReadonlySet<string> = before ? effects(before.text) : new Set()
    const to: ReadonlySet<string> = after ? effects(after.text) : new Set()
    return (!before && !to.has('permit')) || (!after && !from.has('forbid'))
  }
  if (!after) return table !== 'anchors'
  if (!before) return false
  const same = (ignored: string) => {
    const strip = (row: object) => rowText({ ...row, [ignored]: null })
    return strip(before) === strip(after)
  }
  if ((after as User).disabled && same('disabled')) return true
  if (table === 'scopes')
    return (after as Scope).maxTtlSeconds < before.maxTtlSeconds && same('maxTtlSeconds')
  if (table === 'agents')
    return (
      ((after as Agent).maxTaskSeconds < before.maxTaskSeconds && same('maxTaskSeconds')) ||
      (losesTrust(before, after as Agent) && same('trust'))
    )
  return false
}

/** Rules are alternatives: without one of them fewer workloads are the agent. Their order decides what a token is bound to. */
function losesTrust(before: Agent, after: Agent): boolean {
  const kept = before.trust.filter((rule) => after.trust.some((other) => rowText(other) === rowText(rule)))
  return kept.length < before.trust.length && rowText(kept) === rowText(after.trust)
}

/** What is not frozen any more is an environment that is not protected, and nobody may go beyond policy who might not before. */
function holdsMore(
  before: Controls | undefined,
  after: Controls | undefined,
  isProtected: WideningContext['isProtected'],
): boolean {
  const frozen = new Set(after?.freezes.map(({ target }) => target))
  const broken = new Set(before?.breakGlass?.map(({ id }) => id))
  const lifted = (before?.freezes ?? []).filter(({ target }) => !frozen.has('all') && !frozen.has(target))
  return (
    lifted.every(
      ({ target }) => target.startsWith(OF_ENVIRONMENT) && !isProtected(target.slice(OF_ENVIRONMENT.length)),
    ) && (after?.breakGlass ?? []).every(({ id }) => broken.has(id))
  )
}

const OF_ENVIRONMENT = 'environment:'
