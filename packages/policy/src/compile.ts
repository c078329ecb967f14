import { getCedarVersion } from '@cedar-policy/cedar-wasm/nodejs'
import { canonicalHash } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { Node } from './cedar-json.ts'
import { checkPolicies } from './check.ts'
import { type Mentions, mentionsOf } from './mentions.ts'
import type { Operation, Vocabulary } from './operations.ts'
import type { Policy } from './read-policy.ts'
import { schemaText } from './schema.ts'
import { indexPolicies, type PolicyIndex } from './slice.ts'
import type { PolicySource } from './source-text.ts'

/** Guardrails and an operator's policies, checked and ready to decide with. */
export interface PolicySet {
  /** Digest of everything that can change an answer: guardrails, sources, schema, operations, Cedar itself. */
  readonly version: string
  readonly policies: readonly Policy[]
  readonly words: Vocabulary
  readonly mentions: Mentions
  readonly index: PolicyIndex
}

/**
 * Guardrails are always part of the set; no source can remove or replace one.
 * @throws BrokerError `config_invalid` with every problem as `file:line`
 */
export function compilePolicies(
  sources: readonly PolicySource[],
  operations: readonly Operation[] = [],
): PolicySet {
  const { problems, policies, words } = checkPolicies(sources, operations)
  if (problems.length > 0) throw new BrokerError('config_invalid', { problems })
  return Object.freeze({
    version: canonicalHash({
      cedar: getCedarVersion(),
      schema: schemaText(words),
      policies: policies.map(({ id, text }) => [id, text]),
    }),
    policies,
    words,
    mentions: mentionsOf(policies.map(({ json }) => json as unknown as Node)),
    index: indexPolicies(policies),
  })
}
