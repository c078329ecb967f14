import { BrokerError } from '@credbroker/core/errors'
import type { Agent } from '../../domain/config.ts'
import type { Config } from '../config/live-config.ts'
import { wideningContext } from '../config/widening-context.ts'
import { request } from '../tasks/decide-scopes.ts'

/**
 * Whether policy lets this agent have anything of a protected environment, approvals included. What cannot be decided counts
 * as yes.
 */
export function reachesProtected(config: Config, agent: Agent, now: Date): boolean {
  const { snapshot } = config
  const { isProtected } = wideningContext(snapshot)
  const question = {
    agent,
    purpose: 'invitation',
    ticket: null,
    phase: 'grant' as const,
    ttlSeconds: 60,
    now,
  }
  return snapshot.rows.scopes.some(({ row: scope }) => {
    const environment = snapshot.stored('environments', scope.environment)?.row
    if (scope.disabled || !environment || environment.disabled || !isProtected(environment.name)) return false
    const asked = { ...question, environment: environment.name }
    const actions = [...scope.access, ...(scope.operations ?? []).map(({ id }) => id)]
    try {
      return actions.some(
        (action) => config.decide(request(config, scope, environment, asked, action)).verdict !== 'deny',
      )
    } catch (error) {
      if (error instanceof BrokerError) return true
      throw error
    }
  })
}
