import { canonicalJson, type Json } from '@credbroker/core/canonical-json'

/** The columns of one authority row that its MAC covers: all that confer authority, and the id. Times as epoch milliseconds. */
export type MacFields = Readonly<Record<string, Json>>

/**
 * The one text that the MAC of an authority row is computed over (I13): table and fields by RFC 8785.
 * A field that is undefined, or that is not plain JSON (a `Date`, a `Secret`, a `bigint`), would vanish or print as
 * something else, and two rows would share a MAC.
 * @throws TypeError naming the field.
 */
export function macInput(table: string, fields: MacFields): string {
  for (const [name, value] of Object.entries(fields)) {
    if (!isPlainJson(value)) throw new TypeError(`${table}.${name} is not plain JSON`)
  }
  return canonicalJson({ format: 'row-mac/1', table, fields })
}

function isPlainJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) return value.every(isPlainJson)
  const prototype = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isPlainJson)
}
