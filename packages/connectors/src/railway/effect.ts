import { SIDES, type Side } from '@credbroker/core/access'
import type { Effect } from '../connector.ts'
import { argumentAt } from '../graphql/argument-at.ts'
import type { GraphqlOperation, Selection } from '../graphql/dialect.ts'
import { entryOf, levelsOf, SECRET_FIELDS } from './catalogue.ts'
import { configEffect } from './config-effect.ts'

import type { EnvironmentConfig } from './environment-config.ts'

const SECRET_NAMES = new Set([...SECRET_FIELDS].map((field) => field.slice(field.indexOf('.') + 1)))
const ALL: Effect = { access: ['admin'], touches: SIDES, erases: SIDES }

export function railwayEffect(operation: GraphqlOperation): Effect {
  const entry = entryOf(operation.name)
  if (!entry || 'closed' in entry) return ALL
  const access = new Set(levelsOf(entry))
  for (const [path, level] of Object.entries(entry.raised ?? {}))
    if (argumentAt(operation, path) !== undefined) access.add(level)
  const erases = new Set<Side>(entry.erases)
  const config = configOf(operation)
  if (config === 'unsaid') return ALL
  if (config) {
    const found = configEffect(config)
    for (const level of found.access) access.add(level)
    for (const side of found.erases) erases.add(side)
  }
  if (asksForSecrets(operation.select)) access.add('secret')
  const touched = new Set<Side>([...(entry.touches ?? (['primary'] as const)), ...erases])
  const ordered = (sides: ReadonlySet<Side>) => SIDES.filter((side) => sides.has(side))
  return { access: [...access], touches: ordered(touched), erases: ordered(erases) }
}

/** Which argument of which operation holds a configuration. */
export const CONFIG_ARGUMENT: ReadonlyMap<string, string> = new Map([
  ['environmentPatchCommit', 'patch'],
  ['environmentStageChanges', 'input'],
])

/** The configuration that a call carries, read by its schema when the call was parsed; `unsaid` where it should and does not. */
export function configOf(operation: GraphqlOperation): EnvironmentConfig | 'unsaid' | undefined {
  const argument = CONFIG_ARGUMENT.get(operation.name)
  if (argument === undefined) return undefined
  return (argumentAt(operation, argument) as EnvironmentConfig | undefined) ?? 'unsaid'
}

const asksForSecrets = (select: readonly Selection[] = []): boolean =>
  select.some((each) => ('field' in each && SECRET_NAMES.has(each.field)) || asksForSecrets(each.select))
