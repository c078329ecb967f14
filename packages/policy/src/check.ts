import { type DetailedError, policySetTextToParts, validate } from '@cedar-policy/cedar-wasm/nodejs'
import type { Problem } from '@credbroker/core/errors'
import { actionsNamed, askedAttributes, type Node } from './cedar-json.ts'
import { type Operation, type Vocabulary, vocabulary } from './operations.ts'
import { type Policy, readPolicy } from './read-policy.ts'
import { attributeNames, schemaText } from './schema.ts'
import { boundsProblems, indexOfByte, lineOf, locate, type PolicySource } from './source-text.ts'
import { GUARDRAILS } from './texts.gen.ts'

export interface Checked {
  /** What must be corrected; while there is one, the policies are not used at all. */
  readonly problems: readonly Problem[]
  /** What is allowed but surely not meant: a policy that can never apply, for instance. */
  readonly warnings: readonly Problem[]
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

function readSource(source: PolicySource, guardrail: boolean): { policies: Policy[]; problems: Problem[] } {
  const bounds = boundsProblems(source)
  if (bounds.length > 0) return { policies: [], problems: bounds }
  const parts = policySetTextToParts(source.text)
  if (parts.type === 'failure')
    return {
      policies: [],
      problems: parts.errors.map((error) => problemOf(source.name, source.text, 1, error)),
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
): { problems: Problem[]; warnings: Problem[] } {
  const named = new Set(policies.flatMap(({ json }) => [...actionsNamed(json as unknown as Node)]))
  const answer = validate({
    schema: schemaText(words, named),
    policies: { staticPolicies: Object.fromEntries(policies.map(({ id, text }) => [id, text])) },
  })
  if (answer.type === 'failure')
    return { problems: answer.errors.map(({ message }) => ({ at: 'schema', message })), warnings: [] }
  const byId = new Map(policies.map((policy) => [policy.id, policy]))
  const listed = (found: typeof answer.validationErrors): Problem[] => {
    // The validator repeats itself for every action, so one finding per place is enough.
    const perPlace = new Map<string, Problem>()
    for (const { policyId, error } of found) {
      const policy = byId.get(policyId)
      const key = `${policyId} ${error.sourceLocations?.[0]?.start} ${error.severity}`
      if (policy && !perPlace.has(key))
        perPlace.set(
          key,
          problemOf(policy.at.slice(0, policy.at.lastIndexOf(':')), policy.text, policy.line, error),
        )
    }
    return [...perPlace.values()].sort((a, b) => (a.at < b.at ? -1 : 1))
  }
  return { problems: listed(answer.validationErrors), warnings: listed(answer.validationWarnings) }
}

/** Where Cedar says so, the line of the fault itself; otherwise the line on which the text begins. */
function problemOf(file: string, text: string, firstLine: number, error: DetailedError): Problem {
  const byte = error.sourceLocations?.[0]?.start
  const line = byte === undefined ? firstLine : firstLine + lineOf(text, indexOfByte(text, byte)) - 1
  const message = [error.message, error.sourceLocations?.[0]?.label, error.help].filter(Boolean).join(': ')
  return { at: `${file}:${line}`, message: message.slice(0, 500) }
}
