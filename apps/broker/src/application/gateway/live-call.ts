import { canonicalHash } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { Agent, Environment, Root, Scope } from '../../domain/config.ts'
import { isGateway } from '../../domain/delivery.ts'
import type { Config } from '../config/live-config.ts'
import { liveAgent } from '../identity/authenticate.ts'
import { type Living, requireHolds } from '../leases/check-use.ts'
import { standing } from '../tasks/decide-scopes.ts'
import type { Held } from '../tasks/lineage.ts'

/** One use of a gateway scope, as of one version of the configuration. */
export interface LiveCall extends Held {
  readonly config: Config
  /** What those above hold of this scope, the outermost first (I9). */
  readonly above: readonly Held[]
  readonly agent: Agent
  readonly scope: Scope
  readonly root: Root
  readonly environment: Environment
  readonly connector: string
  readonly now: Date
}

/** @throws BrokerError `not_gateway`, and as `standing` does */
export function liveCall({ config, chain, holds, now }: Living): LiveCall {
  const live = standNow(config, chain, now)
  requireHolds(config, live, holds)
  return live
}

/**
 * The same on the newest configuration, after a statement said that ours is old.
 * @throws BrokerError `conflict` where what was read by the old one would be read otherwise
 */
export function againWith(config: Config, before: LiveCall): LiveCall {
  const live = standNow(config, [...before.above, before], before.now)
  if (read(live) === read(before)) return live
  throw new BrokerError('conflict', { detail: 'The scope changed meanwhile; ask again' })
}

/** Of the call and of what it hangs on: all must live. */
export const grantsOf = ({ above, grant }: Pick<LiveCall, 'above' | 'grant'>): string[] => [
  ...above.map((held) => held.grant.id),
  grant.id,
]

function standNow(config: Config, chain: readonly Held[], now: Date): LiveCall {
  const own = chain.at(-1)
  if (!own) throw new BrokerError('not_found')
  const { task, grant } = own
  const agent = liveAgent(config, task.agent)
  const found = standing(config, grant.scope, { agent, environment: task.environment })
  const { connector } = found.scope
  if (!isGateway(found.scope) || !connector) throw new BrokerError('not_gateway')
  return { config, task, grant, above: chain.slice(0, -1), agent, ...found, connector, now }
}

const read = ({ scope: { root, connector, allow }, root: { version } }: LiveCall): string =>
  canonicalHash({ root, version, connector: connector ?? null, allow })
