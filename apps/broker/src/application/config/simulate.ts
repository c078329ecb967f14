import type { Access } from '@credbroker/core/access'
import { BrokerError } from '@credbroker/core/errors'
import type { Decision } from '@credbroker/policy/decision'
import { isGateway } from '../../domain/delivery.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Caller, requireRole } from '../identity/caller.ts'
import { askLevels, request, standing } from '../tasks/decide-scopes.ts'
import type { LiveConfig } from './live-config.ts'

export interface Simulated {
  readonly verdict: Decision['verdict']
  readonly decisions: readonly { readonly access: Access; readonly decision: Decision }[]
}

/** What would be decided for an agent that asks for a scope now, and by which policies. Grants nothing. @throws BrokerError */
export const simulate =
  ({ config, clock }: { readonly config: LiveConfig; readonly clock: Clock }) =>
  async (
    caller: Caller,
    {
      agent: name,
      scope,
      environment,
      ttlSeconds = 900,
    }: { agent: string; scope: string; environment: string; ttlSeconds?: number | undefined },
  ): Promise<Simulated> => {
    requireRole(caller, 'viewer')
    const current = await config.refresh()
    const agent = current.snapshot.agent(name)
    if (!agent) throw new BrokerError('not_found', { detail: 'There is no such agent' })
    const found = standing(current, scope, { agent, environment })
    const question = {
      agent,
      environment,
      purpose: 'simulation',
      ticket: null,
      phase: isGateway(found.scope) ? ('grant' as const) : ('mint' as const),
      ttlSeconds,
      now: clock.now(),
    }
    if (isGateway(found.scope)) {
      // Each call is decided by itself: what counts here is whether any could be permitted.
      const asked = askLevels(current, found, question)
      const verdict = asked.some(({ decision }) => decision.verdict !== 'deny') ? 'permit' : 'deny'
      return { verdict, decisions: asked.map(({ level, decision }) => ({ access: level, decision })) }
    }
    const decisions = found.scope.access.map((access) => ({
      access,
      decision: current.decide(request(current, found.scope, found.environment, question, access)),
    }))
    const worst = (['deny', 'approval'] as const).find((verdict) =>
      decisions.some((one) => one.decision.verdict === verdict),
    )
    return { verdict: worst ?? 'permit', decisions }
  }
