import { type DetailedError, policySetTextToParts, validate } from '@cedar-policy/cedar-wasm/nodejs'
import type { Problem } from '@credbroker/core/errors'
import { actionsNamed, askedAttributes, type Node } from './cedar-json.ts'
import { type Operation, type Vocabulary, vocabulary } from './operations.ts'
import { type Policy, readPolicy } from './read-policy.ts'
import { attributeNames, schemaText } from './schema.ts'
import {
  boundsProblems,
  columnOf,
  indexOfByte,
  lineOf,
  locate,
  type PolicySource,
  type PolicyText,
} from './source-text.ts'
import { GUARDRAILS } from './texts.gen.ts'

/** Where Cedar says so, with the place inside the source; from 1. */
export interface Finding extends Problem {
  readonly place?: { readonly source: string; readonly line: number; readonly column: number }
}

export interface Checked {
  /** What must be corrected; while there is one, the policies are not used at all. */
  readonly problems: readonly Finding[]
  /** What is allowed but surely not meant: a policy that can never apply, for instance. */
  readonly warnings: readonly Finding[]
  /** Guardrails first, then the sources by name; only the readable ones where there are problems. */
  readonly policies: readonly Policy[]
  readonly words: Vocabulary
}

/** Reads and validates guardrails and sources. Never throws for what the texts say. */
export function checkPolicies(
  sources: readonly PolicySource[],
  operations: readonly Operation[] = [],
): Checked {
  const { words, problems } = vocabulary(operations)
  const policies: Policy[] = []
  const take = (read: ReturnType<typeof readSource>): void => {
    problems.push(...read.problems)
    policies.push(...read.policies)
  }
  for (const source of GUARDRAILS) take(readSource(source, true))
  const names = new Set<string>()
  for (const source of [...sources].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (names.has(source.name)) problems.push({ at: source.name, message: 'two sources have this name' })
    names.add(source.name)
    take(readSource(source, false))
  }
  problems.push(...duplicates(policies), ...unknownAttributes(policies, attributeNames(words)))
  if (problems.length > 0) return { problems, warnings: [], policies, words }
  return { ...validated(policies, words), policies, words }
}

function readSource(source: PolicySource, guardrail: boolean): { policies: Policy[]; problems: Finding[] } {
  const bounds = boundsProblems(source)
  if (bounds.length > 0) return { policies: [], problems: bounds }
  const parts = policySetTextToParts(source.text)
  if (parts.type === 'failure')
    return {
      policies: [],
      problems: parts.errors.map((error) =>
        problemOf(source.name, { text: source.text, line: 1, column: 1 }, error),
      ),
    }
  const texts = locate(source.text, [...parts.policies, ...parts.policy_templates])
  const problems: Problem[] = texts
    .filter(({ text }) => parts.policy_templates.includes(text))
    .map(({ line }) => ({
      at: `${source.name}:${line}`,
      message: 'templates are not supported: write out the principal and the resource',
    }))
  if (problems.length > 0) return { policies: [], problems }
  const read = texts.map((text, index) => readPolicy(source.name, index, text, guardrail))
  return {
    policies: read.flatMap(({ policy }) => policy ?? []),
    problems: read.flatMap((one) => one.problems),
  }
}

function duplicates(policies: readonly Policy[]): Problem[] {
  const first = new Map<string, Policy>()
  return policies.flatMap((policy) => {
    const earlier = first.get(policy.id)
    if (earlier) return [{ at: policy.at, message: `@id is taken by the policy at ${earlier.at}` }]
    first.set(policy.id, policy)
    return []
  })
}

/** Cedar's validator lets `has` ask for anything, so a typing error there would switch a forbid off without a word. */
const unknownAttributes = (policies: readonly Policy[], known: ReadonlySet<string>): Problem[] =>
  policies.flatMap(({ at, json }) =>
    [...askedAttributes(json as unknown as Node)]
      .filter((name) => !known.has(name))
      .map((name) => ({ at, message: `\`has ${name.slice(0, 80)}\`: nothing has such an attribute` })),
  )

function validated(
  policies: readonly Policy[],
  words: Vocabulary,
): { problems: Finding[]; warnings: Finding[] } {
  const named = new Set(policies.flatMap(({ json }) => [...actionsNamed(json as unknown as Node)]))
  const answer = validate({
    schema: schemaText(words, named),
    policies: { staticPolicies: Object.fromEntries(policies.map(({ id, text }) => [id, text])) },
  })
  if (answer.type === 'failure')
    return { problems: answer.errors.map(({ message }) => ({ at: 'schema', message })), warnings: [] }
  const byId = new Map(policies.map((policy) => [policy.id, policy]))
  const listed = (found: typeof answer.validationErrors): Finding[] => {
    // The validator repeats itself for every action, so one finding per place is enough.
    const perPlace = new Map<string, Finding>()
    for (const { policyId, error } of found) {
      const policy = byId.get(policyId)
      const key = `${policyId} ${error.sourceLocations?.[0]?.start} ${error.severity}`
      if (policy && !perPlace.has(key))
        perPlace.set(key, problemOf(policy.at.slice(0, policy.at.lastIndexOf(':')), policy, error))
    }
    return [...perPlace.values()].sort((a, b) => (a.at < b.at ? -1 : 1))
  }
  return { problems: listed(answer.validationErrors), warnings: listed(answer.validationWarnings) }
}

/** Where Cedar says so, the place of the fault itself; otherwise that at which the text begins. */
function problemOf(
  source: string,
  { text, line: first, column: start }: PolicyText,
  error: DetailedError,
): Finding {
  const byte = error.sourceLocations?.[0]?.start
  const index = byte === undefined ? 0 : indexOfByte(text, byte)
  const down = lineOf(text, index) - 1
  const line = first + down
  const column = columnOf(text, index) + (down === 0 ? start - 1 : 0)
  const message = [error.message, error.sourceLocations?.[0]?.label, error.help].filter(Boolean).join(': ')
  return { at: `${source}:${line}`, message: message.slice(0, 500), place: { source, line, column } }
}
