/**
 * Whether every text in parsed JSON is Unicode. Half of a surrogate pair is none: it can be written in JSON, and has no
 * UTF-8 to be signed, hashed or stored as.
 */
export function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isWellFormed)
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isWellFormed(member))
}
