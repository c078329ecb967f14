import type { Json } from '@credbroker/core/canonical-json'
import {
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isSpecifiedScalarType,
} from 'graphql'
import { Refused } from '../refusals.ts'
import type { Dialect } from './dialect.ts'

/**
 * A coerced value as plain JSON. Scalars of the vendor's own are read by the dialect; what it cannot read is refused,
 * because what the broker does not understand, the vendor might.
 *
 * @throws {Refused} `opaque_input`, `argument_refused`
 */
export function settle(value: unknown, type: GraphQLInputType, dialect: Dialect, at: string): Json {
  if (isNonNullType(type)) return settle(value, type.ofType, dialect, at)
  if (value === null || value === undefined) return null
  if (isListType(type)) {
    if (!Array.isArray(value)) throw new Refused('argument_refused', at)
    return value.map((each) => settle(each, type.ofType, dialect, at))
  }
  if (isInputObjectType(type)) {
    const given = value as { readonly [name: string]: unknown }
    const fields = type.getFields()
    return Object.fromEntries(
      Object.keys(given)
        .sort()
        .map((name) => {
          const field = fields[name]
          if (!field) throw new Refused('argument_refused', at)
          return [name, settle(given[name], field.type, dialect, `${at}.${name}`)]
        }),
    )
  }
  if (isSpecifiedScalarType(type) || isEnumType(type)) return plain(value, at)
  const read = dialect.scalars.get(type.name)
  if (!read) throw new Refused('opaque_input', at)
  const settled = read(value as Json)
  if (settled === undefined) throw new Refused('argument_refused', at)
  return settled
}

function plain(value: unknown, at: string): Json {
  if (typeof value === 'string' && value.isWellFormed()) return value
  if (typeof value === 'boolean') return value
  // One text for one number: -0 is printed as 0.
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value
  throw new Refused('argument_refused', at)
}

/** Whether a value of the type may hold what GraphQL has no literal for: JSON objects with any member names. */
export function holdsOpaque(type: GraphQLInputType, seen: ReadonlySet<string> = new Set()): boolean {
  if (isNonNullType(type) || isListType(type)) return holdsOpaque(type.ofType, seen)
  if (isInputObjectType(type))
    return (
      !seen.has(type.name) &&
      Object.values(type.getFields()).some((field) => holdsOpaque(field.type, new Set([...seen, type.name])))
    )
  return !isEnumType(type) && !isSpecifiedScalarType(type)
}
