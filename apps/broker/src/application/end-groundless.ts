import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { frozenBy } from '../domain/freeze.ts'
import type { EndReason } from '../domain/task.ts'
import type { EndSelector, LivingWork, TaskReader } from '../ports/task-store.ts'
import { liveAgent } from './authenticate.ts'
import { standing } from './decide-scopes.ts'
import type { endWork } from './end-work.ts'
import type { Config, LiveConfig } from './live-config.ts'

export interface EndGroundlessDeps {
  readonly config: LiveConfig
  readonly tasks: TaskReader
  readonly end: ReturnType<typeof endWork>
}

/** A start that was under way when the configuration changed may be stored a moment after the first look. */
const LOOKS = 2

/**
 * Ends work that is alive although what it stands on is disabled or frozen: whoever changed that ends the work too, but
 * may have died in between, or a task was started at the same moment (I8, I11). Looks only after a change.
 */
export function endGroundless({ config, tasks, end }: EndGroundlessDeps): () => Promise<void> {
  let version: number | undefined
  let looks = 0
  return async () => {
    const current = await config.newest()
    if (current.snapshot.version !== version) looks = 0
    version = current.snapshot.version
    if (looks === LOOKS) return
    const ended = new Set<string>()
    for (const work of await tasks.living()) {
      const groundless = whyGroundless(current, work)
      if (!groundless || ended.has(JSON.stringify(groundless.selector))) continue
      ended.add(JSON.stringify(groundless.selector))
      await end(groundless.selector, groundless.reason, { kind: 'system', id: 'groundless' })
    }
    looks++
  }
}

/** What is tampered with gives nothing anyway, and is left for people to look at. */
export function whyGroundless(
  config: Config,
  { agent, environment, scope }: LivingWork,
): { selector: EndSelector; reason: EndReason } | undefined {
  const { snapshot } = config
  if (codeOf(() => liveAgent(config, agent)) === 'forbidden')
    return { selector: { agent }, reason: 'revoked' }
  if (codeOf(() => snapshot.controls()) !== undefined) return undefined
  const frozen = frozenBy(snapshot.controls().freezes, { environment, agent })
  if (frozen) {
    const selector =
      frozen.target === 'all'
        ? ({ all: true } as const)
        : frozen.target.startsWith('agent:')
          ? { agent }
          : { environment }
    return { selector, reason: 'frozen' }
  }
  if (codeOf(() => liveEnvironment(config, environment)) === 'not_found')
    return { selector: { environment }, reason: 'revoked' }
  if (scope === null) return undefined
  const gone = codeOf(() => standing(config, scope, { agent: liveAgent(config, agent), environment }))
  return gone === 'not_found' || gone === 'root_unusable'
    ? { selector: { scope }, reason: 'revoked' }
    : undefined
}

function liveEnvironment({ snapshot }: Config, name: string): void {
  const environment = snapshot.environment(name)
  if (!environment || environment.disabled) throw new BrokerError('not_found')
}

function codeOf(check: () => unknown): ErrorCode | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof BrokerError) return error.code
    throw error
  }
}
