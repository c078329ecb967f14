import { type PolicyJson, policyToText } from '@cedar-policy/cedar-wasm/nodejs'
import { CONDITIONS, type Condition } from '@credbroker/core/wire/who-has-write'
import type { Node } from './cedar-json.ts'
import type { PolicySet } from './compile.ts'
import { type Mentions, mentionsOf } from './mentions.ts'
import type { Policy } from './read-policy.ts'
import { indexPolicies } from './slice.ts'

const LEAVES = {
  purpose: 'task.purpose',
  ticket: 'task.ticket',
  ttl: 'ttlSeconds',
  time: 'now',
  source: 'source',
  scan: 'scan',
} as const

const looksAt = ({ leaves, facts }: Mentions): Condition[] =>
  CONDITIONS.filter((condition) =>
    condition === 'call' ? facts === 'all' || facts.size > 0 : leaves.has(LEAVES[condition]),
  )

const openIn = (node: unknown): Condition[] => looksAt(mentionsOf([node as Node]))

/** What of it an operator's policy looks at. Guardrails hold whatever is open. */
export const conditionsOf = ({ guardrail, json }: Policy): Condition[] =>
  guardrail ? [] : openIn(json.conditions)

/**
 * The same policies with everything that is open going the agent's way: a permit without those of its conditions that look at
 * it, and no forbid that looks at it. It permits whatever some task or call could be permitted, and perhaps more.
 */
export function atMost(set: PolicySet): PolicySet {
  if (set.policies.every((policy) => conditionsOf(policy).length === 0)) return set
  const policies = set.policies.flatMap((policy) => {
    if (conditionsOf(policy).length === 0) return [policy]
    return policy.effect === 'permit' ? [withoutOpen(policy)] : []
  })
  return {
    ...set,
    version: `${set.version} at most`,
    policies,
    mentions: mentionsOf(policies.map(({ json }) => json as unknown as Node)),
    index: indexPolicies(policies),
  }
}

function withoutOpen(policy: Policy): Policy {
  const conditions = policy.json.conditions.flatMap(({ kind, body }) => {
    // `when` holds where all its parts do, `unless` where none of its parts does.
    const parts = partsOf(body as Node, kind === 'when' ? '&&' : '||')
    return parts.filter((part) => openIn(part).length === 0).map((part) => ({ kind, body: part }))
  })
  const json = { ...policy.json, conditions } as unknown as PolicyJson
  const answer = policyToText(json)
  if (answer.type === 'failure') throw new Error('Cedar does not write what it read before')
  return { ...policy, json, text: answer.text }
}

function partsOf(node: Node, operator: '&&' | '||'): Node[] {
  const inner = (node as { readonly [key: string]: { readonly left: Node; readonly right: Node } })[operator]
  return inner ? [...partsOf(inner.left, operator), ...partsOf(inner.right, operator)] : [node]
}
