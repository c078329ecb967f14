import type { Access } from '@credbroker/core/access'
import { BrokerError } from '@credbroker/core/errors'
import type { PolicyDraft } from '@credbroker/core/wire/simulate'
import { type Decision, deny } from '@credbroker/policy/decision'
import type { Agent } from '../../domain/config.ts'
import { isGateway } from '../../domain/delivery.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Caller, requireRole } from '../identity/caller.ts'
import { actionsOf } from '../tasks/decide-call.ts'
import { askLevels, type Question, request, type Standing, standing } from '../tasks/decide-scopes.ts'
import type { DraftBudget } from './draft-budget.ts'
import type { UnderDraft } from './draft-policies.ts'
import type { Config, LiveConfig } from './live-config.ts'

export interface Outcome {
  readonly verdict: Decision['verdict']
  readonly decisions: readonly {
    readonly access: Access
    readonly operation?: string | undefined
    readonly decision: Decision
  }[]
}

export interface Simulated extends Outcome {
  readonly draft?: Outcome
}

export interface SimulateOrder {
  readonly agent: string
  readonly scope: string
  readonly environment: string
  readonly ttlSeconds?: number | undefined
  /** Only these levels. */
  readonly access?: readonly Access[] | undefined
  /** One call through the gateway, by its name. */
  readonly operation?: string | undefined
  /** A second time, as if these policies held. */
  readonly draft?: PolicyDraft | undefined
}

interface SimulateDeps {
  readonly config: LiveConfig
  readonly clock: Clock
  readonly under: UnderDraft
  readonly budget: DraftBudget
}

/** What would be decided for an agent that asks for a scope now, and by which policies. Grants nothing. @throws BrokerError */
export const simulate =
  ({ config, clock, under, budget }: SimulateDeps) =>
  async (caller: Caller, order: SimulateOrder): Promise<Simulated> => {
    requireRole(caller, 'viewer')
    const current = await config.refresh()
    const agent = current.snapshot.agent(order.agent)
    if (!agent) throw new BrokerError('not_found', { detail: 'There is no such agent' })
    const now = clock.now()
    const outcome = outcomeOf(current, agent, order, now)
    if (!order.draft) return outcome
    const done = budget.begin(caller)
    try {
      return { ...outcome, draft: outcomeOf(under(current, order.draft.policies), agent, order, now) }
    } finally {
      done()
    }
  }

function outcomeOf(config: Config, agent: Agent, order: SimulateOrder, now: Date): Outcome {
  const { environment, ttlSeconds = 900 } = order
  const found = standing(config, order.scope, { agent, environment })
  const question = { agent, environment, purpose: 'simulation', ticket: null, ttlSeconds, now }
  if (order.operation !== undefined) return ofCall(config, found, question, order.operation, order.access)
  const { scope } = found
  const levels = order.access ?? scope.access
  const given = scope.access.filter((level) => levels.includes(level))
  const rest = levels.filter((level) => !given.includes(level)).map(notGiven)
  const narrowed = { ...found, scope: { ...scope, access: given } }
  if (isGateway(scope)) {
    // Each call is decided by itself: what counts here is whether any could be permitted.
    const asked = askLevels(config, narrowed, { ...question, phase: 'grant' })
    const verdict = asked.some(({ decision }) => decision.verdict !== 'deny') ? 'permit' : 'deny'
    return {
      verdict,
      decisions: [...asked.map(({ level, decision }) => ({ access: level, decision })), ...rest],
    }
  }
  const decisions = given.map((access) => ({
    access,
    decision: config.decide(
      request(config, scope, found.environment, { ...question, phase: 'mint' }, access),
    ),
  }))
  return together([...decisions, ...rest])
}

/** One call that touches what it may: the task's environment, on the side that the scope is for. */
function ofCall(
  config: Config,
  { scope, environment }: Standing,
  question: Omit<Question, 'phase'>,
  id: string,
  levels: readonly Access[] | undefined,
): Outcome {
  if (!isGateway(scope))
    throw new BrokerError('invalid_request', {
      problems: [{ at: 'operation', message: 'only calls through the gateway are operations' }],
    })
  const known = scope.operations?.find((operation) => operation.id === id)
  if (!known)
    throw new BrokerError('invalid_request', {
      problems: [{ at: 'operation', message: 'this scope gives no such operation' }],
    })
  const does = known.access.filter((level) => levels?.includes(level) ?? true)
  const rest = levels?.filter((level) => !does.includes(level)).map(notGiven) ?? []
  const facts = { environments: [environment.name], touches: [scope.side] }
  const asking = { ...question, phase: 'call' as const }
  const actions = does.length === 0 ? [] : actionsOf({ id, levels: does })
  const decisions = actions.map(({ action, access, level }) => ({
    access: level,
    ...(action === id && { operation: id }),
    decision: config.decide({ ...request(config, scope, environment, asking, action), facts, access }),
  }))
  return together([...decisions, ...rest])
}

const notGiven = (access: Access) => ({
  access,
  decision: deny([], [{ policy: '', reason: `This scope does not give ${access}` }]),
})

const together = (decisions: Outcome['decisions']): Outcome => {
  const worst = (['deny', 'approval'] as const).find((verdict) =>
    decisions.some(({ decision }) => decision.verdict === verdict),
  )
  return { verdict: worst ?? 'permit', decisions }
}
