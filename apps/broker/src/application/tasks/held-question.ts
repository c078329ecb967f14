import type { Config } from '../config/live-config.ts'
import { liveAgent } from '../identity/authenticate.ts'
import { type Question, type Standing, standing } from './decide-scopes.ts'
import type { Held } from './lineage.ts'

/** What a task that is under way asks of a scope that it holds. @throws BrokerError as `standing` does */
export function heldQuestion(
  config: Config,
  { task, grant }: Held,
  now: Date,
): { readonly found: Standing; readonly question: Omit<Question, 'phase'> } {
  const agent = liveAgent(config, task.agent)
  const { environment, purpose, ticket, scan } = task
  const ttlSeconds = Math.max(1, Math.floor((grant.endsAt.getTime() - now.getTime()) / 1000))
  return {
    found: standing(config, grant.scope, { agent, environment }),
    question: { agent, environment, purpose, ticket, scan, ttlSeconds, now },
  }
}
