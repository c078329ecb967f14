import type { Access } from '@credbroker/core/access'
import type { Condition } from '@credbroker/core/wire/who-has-write'
import type { Agent, Scope } from '../../domain/config.ts'
import type { Config } from '../config/live-config.ts'
import { request } from '../tasks/decide-scopes.ts'
import { effort, type Held, heldOf, plainly } from './who-has-write-levels.ts'

/** One scope that gives one level to one agent. */
export interface Way extends Held {
  readonly scope: Scope
  /** A plain task gets less, or nothing: it depends on these too. */
  readonly conditions?: readonly Condition[]
}

/** Decides with the same policies as everybody, and remembers agents that they do not tell apart. */
export function waysThrough(config: Config, agent: Agent, scope: Scope, now: Date): Way[] {
  const { whoCan, decide } = config
  const asking = plainly(agent, now, whoCan?.names ?? (() => true))
  const held = heldOf({ ...config, decide: whoCan?.plain ?? decide }, scope, asking)
  const conditions = whoCan && conditionsOf(config, scope, asking)
  if (!whoCan || !conditions || conditions.length === 0) return held.map((one) => ({ ...one, scope }))
  const most = heldOf({ ...config, decide: whoCan.atMost }, scope, asking)
  const levels = new Set<Access>([...held, ...most].map(({ access }) => access))
  return scope.access.flatMap((level): Way[] => {
    if (!levels.has(level)) return []
    const plain = held.find(({ access }) => access === level)
    const best = most.find(({ access }) => access === level)
    if (best && (!plain || effort(best) < effort(plain))) return [{ ...best, scope, conditions }]
    return plain ? [{ ...plain, scope }] : []
  })
}

function conditionsOf(
  config: Config,
  scope: Scope,
  asking: ReturnType<typeof plainly>,
): readonly Condition[] {
  const environment = config.snapshot.stored('environments', scope.environment)?.row
  if (!environment || !config.whoCan) return []
  const question = { ...asking, environment: scope.environment, phase: 'grant' as const }
  try {
    return config.whoCan.conditions(request(config, scope, environment, question, 'read'))
  } catch {
    // Where break-glass cannot be read, nothing is given.
    return []
  }
}
