import type { Json } from '@credbroker/core/canonical-json'
import { LIMITS } from '@credbroker/core/limits'
import type { CAPS } from '@credbroker/core/wire/credentials'
import type { LEASE_STATES } from '@credbroker/core/wire/tasks'
import type { Transitions } from './state-machine.ts'

export type LeaseState = (typeof LEASE_STATES)[number]
/** `activate`: the vendor answered in time · `revoke`: it must go, for whatever reason · `bury`: everything is dead. */
export type LeaseEvent = 'activate' | 'revoke' | 'bury'

/**
 * The row exists before the vendor is called (I7). A reservation whose mint did not finish goes the same way as a live
 * credential, since the vendor may have made it. `revoking` is left only when credential and sessions are dead.
 */
export const LEASE: Transitions<LeaseState, LeaseEvent> = {
  reserved: { activate: 'active', revoke: 'revoking' },
  active: { revoke: 'revoking' },
  revoking: { revoke: 'revoking', bury: 'ended' },
  ended: {},
}

/** One minted vendor credential under a grant. */
export interface Lease {
  readonly id: string
  readonly grant: string
  readonly task: string
  readonly environment: string
  readonly agent: string
  readonly scope: string
  readonly root: string
  readonly provider: string
  /** The vendor-side name. */
  readonly name: string
  readonly spec: Json
  readonly state: LeaseState
  readonly createdAt: Date
  readonly mintDeadline: Date
  readonly settleUntil: Date
  readonly expiresAt: Date
  /** When it is dead even if nobody ends it; null where its vendor never does. */
  readonly deadBy: Date | null
  readonly endedAt: Date | null
  readonly credentialDead: boolean
  readonly sessionsDead: boolean
  readonly attempts: number
}

export type LeaseCap = (typeof CAPS)[number]

/** Without a wish a credential lives this long, or as long as the shortest limit allows. */
const DEFAULT_TTL_SECONDS = 900

/** The shortest of what was asked and every limit, and which of them decided. Whole seconds, rounded down. */
export function capLease(limits: {
  readonly askedSeconds: number | undefined
  readonly scopeSeconds: number
  readonly grantSeconds: number
  readonly providerSeconds: number
}): { ttlSeconds: number; cappedBy: LeaseCap } {
  const candidates: [LeaseCap, number][] = [
    limits.askedSeconds === undefined ? ['default', DEFAULT_TTL_SECONDS] : ['asked', limits.askedSeconds],
    ['scope', limits.scopeSeconds],
    ['grant', limits.grantSeconds],
    ['provider', limits.providerSeconds],
  ]
  const [cappedBy, seconds] = candidates.reduce((shortest, other) =>
    other[1] < shortest[1] ? other : shortest,
  )
  return { ttlSeconds: Math.floor(seconds), cappedBy }
}

const LONGEST_WAIT_SECONDS = 300

/** Seconds until a failed revocation is tried again: doubling from 1 s to at most 5 min, for ever. */
export const retryDelaySeconds = (attempts: number): number =>
  Math.min(2 ** Math.min(attempts, 9), LONGEST_WAIT_SECONDS)

/**
 * What of a vendor's wish to be left alone is granted, in seconds. What should be dead by then is asked about again within the grace
 * (I7), and a vendor that lies postpones nothing for longer than repeated failures do.
 */
export function grantedWait(askedSeconds: number, secondsToExpiry: number): number {
  const most = Math.min(LONGEST_WAIT_SECONDS, Math.max(LIMITS.graceSeconds, secondsToExpiry))
  return Math.max(0, Math.min(askedSeconds, Math.floor(most)))
}
