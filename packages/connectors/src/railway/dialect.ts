import { buildSchema } from 'graphql'
import { argumentAt } from '../graphql/argument-at.ts'
import { type Dialect, GRAPHQL_LIMITS, type GraphqlOperation } from '../graphql/dialect.ts'
import { Refused } from '../refusals.ts'
import { entryOf, openEntryOf } from './catalogue.ts'
import { SDL } from './pinned/schema.gen.ts'
import { SCALARS } from './scalars.ts'
import type { RailwaySpec } from './spec.ts'

export const schema = buildSchema(SDL)

export const dialectOf = ({ operations }: RailwaySpec): Dialect => ({
  path: '/graphql/v2',
  schema,
  scalars: SCALARS,
  introspection: false,
  limits: GRAPHQL_LIMITS,
  admit(name) {
    const entry = entryOf(name)
    if (!entry) throw new Refused('unclassified')
    if ('closed' in entry) throw new Refused(entry.closed, name)
    if (!operations.includes(name)) throw new Refused('not_in_scope', name)
  },
})

/**
 * What the vendor takes to mean “everywhere” when it is left out must be said.
 *
 * @throws {Refused} `argument_required`, `argument_refused`
 */
export function checkPlaces(operation: GraphqlOperation): GraphqlOperation {
  const { at, also, needs = [] } = openEntryOf(operation.name) ?? { at: {} }
  for (const path of [...Object.values(at), ...needs])
    if (argumentAt(operation, path) === undefined) throw new Refused('argument_required', path)
  for (const path of Object.values({ ...at, ...also })) {
    const id = argumentAt(operation, path)
    if (
      id !== undefined &&
      (typeof id !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
    )
      throw new Refused('argument_refused', path)
  }
  return operation
}
