import type { ClaimTest, ClaimTests } from '@credbroker/core/config/trust'
import type { TrustRule } from './config.ts'

/** A token's payload after its signature was verified. */
export type Claims = Readonly<Record<string, unknown>>

/** One test of a rule, with the names that lead to its claim. */
export interface FlatTest {
  readonly path: readonly string[]
  readonly test: ClaimTest
}

type Nested = ClaimTest | { readonly [claim: string]: Nested }

/** The tests of a rule one by one, however deep their claims lie. */
export const flatTests = (claims: ClaimTests): FlatTest[] =>
  Object.entries(claims as Record<string, Nested>).flatMap(([claim, test]) => flatten([claim], test))

function flatten(path: readonly string[], test: Nested): FlatTest[] {
  if (isTest(test)) return [{ path, test }]
  return Object.entries(test).flatMap(([claim, inner]) => flatten([...path, claim], inner))
}

const isTest = (test: Nested): test is ClaimTest =>
  typeof test !== 'object' ||
  Array.isArray(test) ||
  typeof (test as { glob?: unknown }).glob === 'string' ||
  typeof (test as { contains?: unknown }).contains === 'string'

/** Whether every test of the rule holds. A rule without tests matches nothing (I10). */
export function matchesClaims(claims: ClaimTests, token: Claims): boolean {
  const tests = flatTests(claims)
  return tests.length > 0 && tests.every(({ path, test }) => holds(test, claimAt(token, path)))
}

/**
 * The environment a token is bound to by the rule: null where the rule binds none, undefined where it binds and the
 * token's own is missing or not mapped, so that the rule does not hold.
 */
export function boundEnvironment(rule: TrustRule, token: Claims): string | null | undefined {
  if (rule.environments === null) return null
  const theirs = claimAt(token, ['environment'])
  if (typeof theirs !== 'string' || !Object.hasOwn(rule.environments, theirs)) return undefined
  return rule.environments[theirs]
}

/** Undefined where it is missing. Own members only: a token has no `constructor` unless it says so. */
export function claimAt(token: Claims, path: readonly string[]): unknown {
  let at: unknown = token
  for (const name of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, name))
      return undefined
    at = (at as Claims)[name]
  }
  return at
}

/** Type and case count: `'1'` is not `1`, `'true'` not `true`, and a list is not its only member. */
export function holds(test: ClaimTest, claim: unknown): boolean {
  if (typeof test !== 'object') return claim === test
  if (Array.isArray(test)) return typeof claim === 'string' && test.includes(claim)
  if ('contains' in test) return Array.isArray(claim) && claim.includes(test.contains)
  return typeof claim === 'string' && matchesGlob(test.glob, claim)
}

const SEPARATORS = /([/:])/

/**
 * `*` stands for one or more characters of one segment and never for `/` or `:`; everything else for itself. There is
 * no other wildcard, and no escape.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = glob.split(SEPARATORS)
  const parts = text.split(SEPARATORS)
  return pattern.length === parts.length && pattern.every((part, i) => matchesSegment(part, parts[i] ?? ''))
}

/** Greedy with one step back: linear in practice, quadratic at worst, and never a regular expression. */
function matchesSegment(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return text === pattern
  const last = rest.pop() ?? ''
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at + 1)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at + 1 && text.endsWith(last)
}
