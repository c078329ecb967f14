import { covers } from '@credbroker/core/anchor'
import type { Anchor, RootState } from './config.ts'

/** What a root's reach means in terms of environments. */
export interface Placement {
  readonly state: RootState
  /** Environments whose anchors cover all of it. */
  readonly environments: readonly string[]
  /** Every environment that any of it belongs to, or that lies within any of it: a host reaches all tenants there. */
  readonly touched: readonly string[]
  /** What no anchor claims: it belongs to no environment, and a root that reaches it is not usable. */
  readonly unclaimed: readonly string[]
}

/** Places a reach, as the vendor told it, among the anchors of one vendor. Unreadable or unclaimed means unusable (I2). */
export function placeReach(
  reach: readonly string[],
  complete: boolean,
  anchors: readonly Anchor[],
): Placement {
  const among = (fits: (anchor: Anchor) => boolean) =>
    new Set(anchors.filter(fits).map(({ environment }) => environment))
  const claims = reach.map((one) => ({
    one,
    by: among(({ id }) => covers(id, one)),
    under: among(({ id }) => covers(one, id)),
  }))
  const unclaimed = claims.filter(({ by }) => by.size === 0).map(({ one }) => one)
  const touched = [...new Set(claims.flatMap(({ by, under }) => [...by, ...under]))].sort()
  const environments = touched.filter((environment) => claims.every(({ by }) => by.has(environment)))
  const readable = complete && reach.length > 0 && unclaimed.length === 0
  const state = !readable ? 'unusable' : environments.length > 0 ? 'usable' : 'spanning'
  return { state, environments: state === 'usable' ? environments : [], touched, unclaimed }
}
