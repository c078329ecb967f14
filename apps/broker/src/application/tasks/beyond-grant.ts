import type { Access } from '@credbroker/core/access'
import { BrokerError } from '@credbroker/core/errors'
import type { Config } from '../config/live-config.ts'
import { reasonOf, request } from './decide-scopes.ts'
import { heldQuestion } from './held-question.ts'
import type { Held } from './lineage.ts'

/**
 * Why a call does more than was granted to its task, or to one above it; undefined where it does not. A grant leaves out the
 * levels that policy denies without a word, so the words are said here.
 */
export function beyondGrant(
  config: Config,
  chain: readonly Held[],
  levels: readonly Access[],
  now: Date,
): string | undefined {
  for (const held of chain) {
    const beyond = levels.find((level) => !held.grant.access.includes(level))
    if (beyond)
      return `This task was not granted ${beyond} of this scope${policySays(config, held, beyond, now)}`
  }
  return undefined
}

function policySays(config: Config, held: Held, level: Access, now: Date): string {
  try {
    const { found, question } = heldQuestion(config, held, now)
    const asking = { ...question, phase: 'grant' as const }
    const decision = config.decide(request(config, found.scope, found.environment, asking, level))
    return decision.verdict === 'deny' ? `: ${reasonOf(decision)}` : ''
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    return `: ${error.message}`
  }
}
