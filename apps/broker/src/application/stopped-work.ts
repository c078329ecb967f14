import type { Tier } from '@credbroker/core/access'
import type { Agent, Anchor, Environment, Root, Scope } from '../domain/config.ts'
import { type RowChange, rowText } from '../domain/config-diff.ts'
import type { EndSelector } from '../ports/task-store.ts'

const STRICTNESS: readonly Tier[] = ['disposable', 'standard', 'protected']

/**
 * Whose work ends with a change of the configuration: what is disabled (I11), and what was granted or minted on ground
 * that is no longer the same (I2): other anchors, a stricter tier, another root, another slice of it, another owner.
 * What only a new decision depends on, such as policies, is decided anew at the next use.
 */
export const stoppedWork = (changes: readonly RowChange[]): EndSelector[] => {
  const selectors = changes.flatMap(selectorOf)
  return selectors.filter((one, at) => selectors.findIndex((other) => rowText(other) === rowText(one)) === at)
}

function selectorOf({ table, before, after }: RowChange): EndSelector[] {
  if (!before) return []
  if (table === 'anchors')
    return after && !differ(before, after, ANCHOR) ? [] : [{ environment: before.environment }]
  if (!after) return []
  const disabled = (after as { disabled?: boolean }).disabled && !(before as { disabled?: boolean }).disabled
  switch (table) {
    case 'users':
      return disabled ? [{ owner: after.name }] : []
    case 'agents':
      return disabled || differ(before, after, AGENT) ? [{ agent: after.name }] : []
    case 'scopes':
      return disabled || differ(before, after, SCOPE) ? [{ scope: after.name }] : []
    case 'roots':
      return disabled || differ(before, after, ROOT) ? [{ root: after.name }] : []
    case 'environments':
      return disabled || isStricter(before, after) ? [{ environment: after.name }] : []
    default:
      return []
  }
}

const ANCHOR: readonly (keyof Anchor)[] = ['shared']
const AGENT: readonly (keyof Agent)[] = ['owner']
const SCOPE: readonly (keyof Scope)[] = ['root', 'environment', 'provider', 'allow', 'side']
const ROOT: readonly (keyof Root)[] = ['declaredEnvironment', 'provider', 'state']

const differ = <Row extends object>(before: Row, after: Row, fields: readonly (keyof Row)[]): boolean =>
  fields.some((field) => rowText(before[field]) !== rowText(after[field]))

const isStricter = (before: Environment, after: Environment): boolean =>
  STRICTNESS.indexOf(after.tier) > STRICTNESS.indexOf(before.tier)
