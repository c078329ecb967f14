import { BrokerError } from '@credbroker/core/errors'
import type { AnyConnector, Reach } from '../connector.ts'
import type { Visible } from './visible-text.ts'

const MOST = 1000

/** More identities than anybody anchors are an unreadable reach, not a shortened one. */
export function cleanReach({ anchor }: AnyConnector, seen: Reach, visible: Visible): Reach {
  if (!seen.reach.every(anchor.accepts))
    throw new BrokerError('vendor_refused', {
      detail: `The vendor named an identity that is not ${anchor.syntax}`,
    })
  const reach = [...new Set(seen.reach)].sort()
  return {
    reach: reach.slice(0, MOST),
    complete: seen.complete === true && reach.length <= MOST,
    identity: visible(seen.identity),
    findings: seen.findings
      .slice(0, MOST)
      .map(({ level, code, message }) => ({ level, code, message: visible(message) })),
  }
}
