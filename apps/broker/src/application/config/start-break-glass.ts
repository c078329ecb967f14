import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { brokenNow } from '../../domain/break-glass.ts'
import type { BreakGlass } from '../../domain/config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { NewId } from '../../ports/clock.ts'
import { liveAgent } from '../identity/authenticate.ts'
import { actorOf, type Caller, requireRole } from '../identity/caller.ts'
import { configAs, requireRoleNow } from '../identity/require-role-now.ts'
import type { SpendStepUp } from '../people/spend-step-up.ts'
import { atTheConsole } from '../people/step-up.ts'
import { aboutGlass, type BreakGlassDeps, changeBreakGlass } from './break-glass.ts'
import type { Config } from './live-config.ts'

export interface BreakGlassOrder {
  readonly environment: string
  readonly agent: string
  readonly scopes?: readonly string[] | undefined
  readonly reason: string
  /** Seconds. */
  readonly ttl: number
}

/**
 * Lets one agent go beyond policy in one environment for a while. Only an admin at the console, and each takes a passkey's
 * answer of its own. Guardrails hold, so it gives nothing that an invariant withholds.
 * @throws BrokerError `forbidden`, `step_up_required`, `not_found`, `environment_mismatch`, `conflict` while one is broken
 */
export const startBreakGlass =
  (deps: BreakGlassDeps & { readonly spendStepUp: SpendStepUp; readonly newId: NewId }) =>
  async (caller: Caller, order: BreakGlassOrder): Promise<BreakGlass> => {
    requireRole(caller, 'admin')
    atTheConsole(caller)
    // What would be refused anyway costs nobody their passkey's answer.
    const current = await configAs(deps.config, caller, 'admin')
    requirePossible(current, order)
    requireWhole(current.snapshot, order, deps.clock.now())
    await deps.spendStepUp(caller)
    const now = deps.clock.now()
    const seconds = Math.min(order.ttl, LIMITS.breakGlassSeconds)
    const started: BreakGlass = {
      id: deps.newId('breakGlass'),
      environment: order.environment,
      agent: order.agent,
      scopes: order.scopes ? [...new Set(order.scopes)] : null,
      reason: order.reason,
      by: caller.name,
      at: now.toISOString(),
      endsAt: new Date(now.getTime() + seconds * 1000).toISOString(),
    }
    await changeBreakGlass(deps, (config, held) => {
      requireRoleNow(config, caller, 'admin')
      requirePossible(config, order)
      requireWhole(config.snapshot, order, now)
      const about = aboutGlass(started)
      const event = deps.record({
        ...about,
        type: 'break-glass.started',
        actor: actorOf(caller),
        request: caller.requestId,
        reason: started.reason,
        facts: {
          ...about.facts,
          ttlSeconds: seconds,
          ...(started.scopes && { scopes: started.scopes.length }),
        },
      })
      return { broken: [...held, started], events: [event] }
    })
    const { id, environment, agent, by, endsAt } = started
    deps.log.warn({ breakGlass: id, environment, agent, by, endsAt }, 'somebody broke the glass')
    return started
  }

/** I2: its scopes belong to its environment. */
function requirePossible(config: Config, { environment, agent, scopes = [] }: BreakGlassOrder): void {
  const { snapshot } = config
  const stored = snapshot.environment(environment)
  if (!stored || stored.disabled)
    throw new BrokerError('not_found', { detail: 'There is no such environment' })
  if (!snapshot.agent(agent)) throw new BrokerError('not_found', { detail: 'There is no such agent' })
  liveAgent(config, agent)
  for (const name of scopes) {
    const scope = snapshot.scope(name)
    if (!scope) throw new BrokerError('not_found', { detail: 'There is no such scope' })
    if (scope.environment !== environment) throw new BrokerError('environment_mismatch')
  }
}

/** One at a time, so that its end is its end. */
function requireWhole(snapshot: ConfigSnapshot, { environment, agent }: BreakGlassOrder, now: Date): void {
  if (brokenNow(snapshot, now).some((one) => one.environment === environment && one.agent === agent))
    throw new BrokerError('conflict', {
      detail: 'The glass is broken for this agent in this environment; end that first',
    })
}
