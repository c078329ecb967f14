import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { GuardedProvider } from '@credbroker/providers/guard'
import { capLease, type Lease, type LeaseCap } from '../../domain/lease.ts'
import type { Clock, NewId } from '../../ports/clock.ts'
import type { VendorNames } from '../../ports/keyring.ts'
import type { Allowed } from './check-use.ts'

interface DraftDeps {
  readonly clock: Clock
  readonly newId: NewId
  readonly names: VendorNames
}

/** Time for our own two transactions around the vendor's call. */
const MARGIN_SECONDS = 10

/**
 * The reservation: how long the credential may live, by which name the vendor will know it, and when to look for it
 * should its mint be lost. @throws BrokerError `ttl_below_floor`, `not_granted` in a grant's last second
 */
export function draftLease(
  { clock, newId, names }: DraftDeps,
  provider: GuardedProvider,
  { task, grant, scope, breakGlass }: Allowed,
  askedSeconds: number | undefined,
  canEndSessions: boolean,
): { lease: Lease; cappedBy: LeaseCap } {
  const { minTtlSeconds, maxTtlSeconds, settleSeconds } = provider.limits
  const now = clock.now()
  // What only break-glass permits ends with it; to the client, that is as far as its grant goes.
  const endsAt = breakGlass && breakGlass.endsAt < grant.endsAt ? breakGlass.endsAt : grant.endsAt
  const { ttlSeconds, cappedBy } = capLease({
    askedSeconds,
    scopeSeconds: scope.maxTtlSeconds,
    grantSeconds: (endsAt.getTime() - now.getTime()) / 1000,
    providerSeconds: maxTtlSeconds,
  })
  if (ttlSeconds < 1) throw new BrokerError('not_granted', { detail: 'The grant is over within the second' })
  // I3: a vendor's floor may outlive the grant only where the broker can end what it minted.
  const vendorSeconds = Math.max(ttlSeconds, minTtlSeconds)
  if (after(now, vendorSeconds) > endsAt && !canEndSessions) {
    throw new BrokerError('ttl_below_floor', {
      detail: `The vendor issues nothing shorter than ${minTtlSeconds} seconds, and the grant ends before that`,
    })
  }
  const id = newId('lease')
  const mintDeadline = after(now, LIMITS.mintTimeoutSeconds + MARGIN_SECONDS)
  const lease: Lease = {
    id,
    grant: grant.id,
    task: task.id,
    environment: task.environment,
    agent: task.agent,
    scope: scope.name,
    root: scope.root,
    provider: provider.kind,
    name: names.nameOf(id),
    spec: scope.allow,
    state: 'reserved',
    createdAt: now,
    mintDeadline,
    settleUntil: after(mintDeadline, settleSeconds),
    expiresAt: after(now, ttlSeconds),
    deadBy: provider.limits.endsByItself === false ? null : after(now, vendorSeconds),
    endedAt: null,
    credentialDead: false,
    sessionsDead: false,
    attempts: 0,
  }
  return { lease, cappedBy }
}

const after = (from: Date, seconds: number): Date => new Date(from.getTime() + seconds * 1000)
