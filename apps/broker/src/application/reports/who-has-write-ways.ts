import type { Access } from '@credbroker/core/access'
import type { Condition } from '@credbroker/core/wire/who-has-write'
import type { WhoCan } from '@credbroker/policy/who-can'
import { brokenNow } from '../../domain/break-glass.ts'
import type { Agent, Scope } from '../../domain/config.ts'
import { isGateway } from '../../domain/delivery.ts'
import type { Config } from '../config/live-config.ts'
import { effort, type Held, heldOf, plainly } from './who-has-write-levels.ts'

/** One scope that gives one level to one agent. */
export interface Way extends Held {
  readonly scope: Scope
  /** A plain task gets less, or nothing: it depends on these too. */
  readonly conditions?: readonly Condition[]
}

/** So long may everybody else wait. */
const TURN_MS = 10
const MAX_KEPT = 100_000
const answered = new WeakMap<Config, Map<string, readonly Way[]>>()

/**
 * All ways of agents that live and are not frozen. Agents that no policy tells apart have the same, as long as the configuration is
 * the same; where a policy looks at the clock, as long as it shows the same.
 */
export function waysOf(config: Config, now: Date, pause: () => Promise<unknown>) {
  const { whoCan, snapshot } = config
  const scopes = snapshot.rows.scopes.map(({ row }) => row)
  const broken = snapshot.stored('controls', 'controls')?.intact ? brokenNow(snapshot, now) : []
  const clock = !whoCan || whoCan.names('now') ? now.getTime() : ''
  let turn = performance.now()
  const breathe = async () => {
    if (performance.now() - turn < TURN_MS) return
    await pause()
    turn = performance.now()
  }
  return async (agent: Agent): Promise<readonly Way[]> => {
    const glass = broken.filter((one) => one.agent === agent.name).map(({ id }) => id)
    // What is broken is broken for one agent.
    const own = glass.length > 0 || !whoCan ? agent.name : ''
    const key = JSON.stringify([whoCan?.kind(agent), own, glass, clock])
    const known = answered.get(config) ?? new Map<string, readonly Way[]>()
    const before = known.get(key)
    if (before) return before
    const ways: Way[] = []
    for (const scope of scopes) {
      await breathe()
      if (glass.length === 0 && whoCan && !whoCan.concerns({ agent, scope: asPolicy(scope) })) continue
      ways.push(...waysThrough(config, agent, scope, now))
    }
    const kept = [...known.values()].reduce((sum, one) => sum + one.length, ways.length)
    answered.set(config, kept > MAX_KEPT ? new Map([[key, ways]]) : known.set(key, ways))
    return ways
  }
}

const asPolicy = (scope: Scope) => ({ ...scope, gateway: isGateway(scope) })

function waysThrough(config: Config, agent: Agent, scope: Scope, now: Date): Way[] {
  const { whoCan, decide } = config
  const asking = plainly(agent, now, whoCan?.names ?? (() => true))
  const held = heldOf({ ...config, decide: whoCan?.plain ?? decide }, scope, asking)
  const conditions = whoCan?.conditions({ agent, scope: asPolicy(scope) }) ?? []
  if (!whoCan || conditions.length === 0) return held.map((one) => ({ ...one, scope }))
  return better(whoCan, { config, scope, asking, held, conditions })
}

/** What other words, times, places or calls would get, where that is more. */
function better(
  { atMost }: WhoCan,
  asked: {
    readonly config: Config
    readonly scope: Scope
    readonly asking: ReturnType<typeof plainly>
    readonly held: readonly Held[]
    readonly conditions: readonly Condition[]
  },
): Way[] {
  const { config, scope, asking, held, conditions } = asked
  const of = (all: readonly Held[], level: Access) => all.find(({ access }) => access === level)
  const most = heldOf({ ...config, decide: atMost }, scope, asking)
  return scope.access.flatMap((level): Way[] => {
    const [plain, best] = [of(held, level), of(most, level)]
    if (best && (!plain || effort(best) < effort(plain))) return [{ ...best, scope, conditions }]
    return plain ? [{ ...plain, scope }] : []
  })
}
