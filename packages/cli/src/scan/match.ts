import { basename } from 'node:path'
import { isCredentialFile } from './names.ts'
import { RULES } from './rules/all.ts'
import type { Rule } from './rules/rule.ts'
import { VENDOR_RULES } from './rules/vendors.ts'

/** A secret in a text. */
export interface Match {
  readonly kind: string
  readonly title: string
  readonly value: string
  readonly from: number
  readonly to: number
}

/** Lists of versions and checksums: only what says by itself that it is a secret counts there. */
const LOCKFILE =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|Cargo\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|Gemfile\.lock|composer\.lock|go\.sum|mix\.lock|flake\.lock|deno\.lock)$/

/** Tests make up passwords of nobody. Tokens count there as well, and so do files that are credentials by their names. */
const TEST =
  /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|fixtures|testdata)\/|[._-](?:test|spec|mock)s?\.\w+$|(?:^|\/)test_\w+\.py$/

const isQuiet = (path: string): boolean =>
  LOCKFILE.test(path) || (TEST.test(path) && !isCredentialFile(basename(path)))

/** Cheap, before the expensive ones. */
const NAMED = /pass|pwd|secret|token|key|cred|auth|railway|:\/\//i

/** What our own rules find. */
export function matchRules(text: string, path: string): Match[] {
  const rules = isQuiet(path)
    ? VENDOR_RULES
    : RULES.filter((rule) => rule.selfEvident || (rule.in ?? NAMED).test(rule.in ? path : text))
  return firstOf(rules.flatMap((rule) => matchesOf(rule, text)))
}

/** What shows by itself, wherever it stands: for texts that were put together or decoded. */
export const matchSelfEvident = (text: string): Match[] =>
  firstOf(RULES.filter(({ selfEvident }) => selfEvident).flatMap((rule) => matchesOf(rule, text)))

function matchesOf({ kind, title, pattern, accepts }: Rule, text: string): Match[] {
  const matches: Match[] = []
  for (const match of text.matchAll(pattern)) {
    const value = match.groups?.['secret'] ?? match[0]
    if (accepts && !accepts(value)) continue
    const from = match.index + match[0].lastIndexOf(value)
    matches.push({ kind, title, value, from, to: from + value.length })
  }
  return matches
}

/** Of those that overlap, the one whose rule came first. */
export function firstOf(matches: readonly Match[]): Match[] {
  const kept: Match[] = []
  for (const match of matches)
    if (!kept.some(({ from, to }) => match.from < to && from < match.to)) kept.push(match)
  return kept
}
