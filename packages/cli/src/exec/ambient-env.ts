import { AMBIENT_NAMES } from './ambient-names.ts'
import { looksLikeACredential, namedLikeACredential } from './ambient-patterns.ts'

export interface Stripped {
  /** What the child may inherit. */
  readonly env: Readonly<Record<string, string>>
  /** The names that were left out, sorted. Never their values. */
  readonly withheld: readonly string[]
}

/**
 * The environment without ambient credentials: by name, by the look of the name, by the look of the value.
 * What `keep` names stays, whatever it is: the way out is to say the name.
 */
export function stripAmbient(
  env: Readonly<Record<string, string | undefined>>,
  keep: Iterable<string> = [],
): Stripped {
  const kept = new Set(keep)
  const rest: Record<string, string> = {}
  const withheld: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    if (kept.has(name) || !isAmbient(name, value)) rest[name] = value
    else withheld.push(name)
  }
  return { env: rest, withheld: withheld.sort() }
}

const isAmbient = (name: string, value: string): boolean =>
  AMBIENT_NAMES.has(name.toUpperCase()) || namedLikeACredential(name) || looksLikeACredential(name, value)
