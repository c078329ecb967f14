import type { Resolution } from '@credbroker/connectors/connector'
import type { Access } from '@credbroker/core/access'
import { covers } from '@credbroker/core/anchor'
import type { Anchor } from '../../domain/config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

/** Where everything that a call touches lies. */
export interface Place {
  readonly anchors: readonly string[]
  readonly environments: readonly string[]
}

/**
 * Whether all of it lies in this environment (I2): claimed by an anchor of it, and by no other environment's unless the
 * anchor is shared. Undefined says no, and does not say why: what is elsewhere, what is nowhere and what does not exist
 * look alike. What belongs to nobody may be read.
 */
export function placeCall(
  snapshot: ConfigSnapshot,
  vendor: string,
  environment: string,
  resolution: Resolution,
  access: readonly Access[],
): Place | undefined {
  const readOnly = access.every((level) => level === 'read')
  if (resolution.is === 'unresolved') return undefined
  if (resolution.is === 'nowhere') return readOnly ? { anchors: [], environments: [environment] } : undefined
  const claims = claimsAt(snapshot, vendor)
  const lies = resolution.anchors.every((touched) => {
    const own = claims.filter((claim) => claim.environment === environment && covers(claim.id, touched))
    // Whoever touches a whole host touches what is narrower as well.
    const foreign = claims.filter(
      (claim) =>
        claim.environment !== environment && (covers(claim.id, touched) || covers(touched, claim.id)),
    )
    if (own.length === 0) return false
    if (foreign.length === 0) return true
    const shared = [...own, ...foreign].every((claim) => claim.shared)
    // What is shared with a protected environment is there for reading.
    return (
      shared && (readOnly || ![...own, ...foreign].some((claim) => isProtected(snapshot, claim.environment)))
    )
  })
  return lies ? { anchors: resolution.anchors, environments: [environment] } : undefined
}

const known = new WeakMap<ConfigSnapshot, Map<string, readonly Anchor[]>>()

/** Sorted out once for a configuration. @throws BrokerError `tampered` */
function claimsAt(snapshot: ConfigSnapshot, vendor: string): readonly Anchor[] {
  const byVendor = known.get(snapshot) ?? new Map<string, readonly Anchor[]>()
  known.set(snapshot, byVendor)
  const claims = byVendor.get(vendor) ?? snapshot.anchors().filter((anchor) => anchor.vendor === vendor)
  byVendor.set(vendor, claims)
  return claims
}

const isProtected = (snapshot: ConfigSnapshot, environment: string): boolean =>
  (snapshot.environment(environment)?.tier ?? 'protected') === 'protected'
