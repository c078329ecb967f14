import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { GuardedProvider } from '@credbroker/providers/guard'
import { grantedWait, type Lease, retryDelaySeconds } from '../../domain/lease.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Sealer, VendorNames } from '../../ports/keyring.ts'
import type { AnnounceLease, DueLease, LeaseQueue, LeaseReader } from '../../ports/lease-store.ts'
import type { Log } from '../../ports/log.ts'
import type { Recorder } from '../audit/recorder.ts'
import { isStale } from '../audit/repeatedly.ts'
import { handleBinding } from '../bindings.ts'
import type { RootVault } from '../roots/root-vault.ts'
import { speakFor } from '../roots/speak-for.ts'

export interface RevokeDeps {
  readonly queue: LeaseQueue
  readonly leases: LeaseReader
  readonly vault: RootVault
  readonly sealer: Sealer
  readonly names: VendorNames
  readonly providers: ReadonlyMap<string, GuardedProvider>
  readonly record: Recorder
  readonly clock: Clock
  readonly log: Log
}

/** As many vendor calls at once. */
const AT_ONCE = 16
/** Whoever ends thousands does not wait for them all: the rest is due, and the sweepers of all replicas take it. */
const AT_MOST = 64

/** Tries to end these leases now and answers them as they are afterwards. Never throws for a vendor's sake. */
export type RevokeLeases = (leases: readonly Lease[]) => Promise<readonly Lease[]>

export const revokeLeases =
  (deps: RevokeDeps): RevokeLeases =>
  async (leases) => {
    const answers = [...leases]
    const waiting = answers.slice(0, AT_MOST).entries()
    const work = async () => {
      for (const [at, lease] of waiting) {
        const due = await deps.queue.takeOne(lease.id, announceRevocation(deps))
        if (due) await revokeDue(deps, due)
        answers[at] = (await deps.leases.find(lease.id)) ?? lease
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return answers
  }

/** What the vendor said, or why it could not be asked. */
interface Attempt {
  readonly credentialDead: boolean
  readonly sessionsDead: boolean
  /** No later than this everything is dead by itself. */
  readonly deadBy: Date | null
  readonly error: string | null
  /** How long the vendor wants to be left alone. */
  readonly waitSeconds?: number | undefined
}

const about = (lease: Lease) => ({
  type: 'lease.revoked' as const,
  actor: { kind: 'system' as const, id: 'revoker' },
  task: lease.task,
  grant: lease.grant,
  lease: lease.id,
  environment: lease.environment,
  scope: lease.scope,
  facts: { vendorName: lease.name, provider: lease.provider, attempt: lease.attempts },
})

/** I6: durable before the vendor is asked. */
export const announceRevocation =
  ({ record }: Pick<RevokeDeps, 'record'>): AnnounceLease =>
  (lease) =>
    record.intent(about(lease))

/**
 * One try at one lease that the caller holds. It ends when credential and sessions are dead and a lost mint can no
 * longer arrive; otherwise it is tried again, for ever, and says so (I7, I8).
 */
export async function revokeDue(deps: RevokeDeps, lease: DueLease): Promise<void> {
  const { queue, record, clock, log } = deps
  const attempt = await tryRevoke(deps, lease)
  const now = clock.now().getTime()
  const dead = attempt.credentialDead && attempt.sessionsDead
  // A mint whose answer was lost may still come true at the vendor: look again until that is over.
  const settled = lease.handle !== null || now >= lease.settleUntil.getTime()
  const ended = dead && settled
  const retryAfterSeconds = dead
    ? Math.max(1, Math.ceil((lease.settleUntil.getTime() - now) / 1000))
    : untilNextTry(lease, attempt, now)
  const changed =
    attempt.credentialDead !== lease.credentialDead || attempt.sessionsDead !== lease.sessionsDead
  const { credentialDead, sessionsDead, deadBy, error } = attempt
  // Whatever else happens under the same intent is one more try that came to the same.
  const told = ended || changed || lease.attempts === 1 || isStale(lease.announcedAt, clock.now())
  const outcome = () => {
    const said = about(lease)
    return record({
      ...said,
      type: ended ? 'lease.ended' : 'lease.revoked',
      phase: 'outcome',
      intent: lease.intent,
      result: dead ? 'ok' : 'failed',
      facts: { ...said.facts, credentialDead, sessionsDead },
    })
  }
  await queue.settle({
    lease: lease.id,
    credentialDead,
    sessionsDead,
    deadBy,
    ended,
    retryAfterSeconds,
    error,
    outcome: told ? outcome() : undefined,
  })
  if (!dead)
    log.warn(
      { lease: lease.id, attempts: lease.attempts, code: attempt.error, retryAfterSeconds },
      'lease not dead yet',
    )
}

/** Where only its own end helps, there is no use in asking more often than that. */
function untilNextTry(lease: DueLease, { deadBy, waitSeconds = 0 }: Attempt, now: number): number {
  const untilDead = deadBy === null ? 0 : Math.ceil((deadBy.getTime() - now) / 1000)
  const wait = grantedWait(waitSeconds, (lease.expiresAt.getTime() - now) / 1000)
  const next = Math.max(retryDelaySeconds(lease.attempts), wait)
  return untilDead > 0 ? Math.min(next, untilDead) : next
}

async function tryRevoke(
  { vault, sealer, names, providers, clock, log }: RevokeDeps,
  lease: DueLease,
): Promise<Attempt> {
  const overdue = lease.deadBy !== null && clock.now() >= lease.deadBy
  // I7, I13: a row changed by hand must not make us end what is not ours.
  if (names.leaseOf(lease.name) !== lease.id) {
    return { credentialDead: false, sessionsDead: false, deadBy: lease.deadBy, error: 'tampered' }
  }
  try {
    const provider = providers.get(lease.provider)
    const asking = provider && speakFor(provider, { name: lease.root, environment: lease.environment })
    if (!asking?.revocation) {
      return {
        credentialDead: overdue,
        sessionsDead: overdue,
        deadBy: lease.deadBy,
        error: overdue ? null : 'capability_absent',
      }
    }
    const handle = lease.handle === null ? undefined : sealer.open(lease.handle, handleBinding(lease))
    const { revocation } = asking
    const result = await vault.useToEnd(lease.root, (root) =>
      revocation.revoke(root, {
        name: lease.name,
        spec: lease.spec,
        expiresAt: lease.expiresAt,
        ...(handle && { handle: JSON.parse(handle.expose()) as Json }),
      }),
    )
    const { credentialDead, sessionsDead, remains = [] } = result
    if (remains.length > 0) log.warn({ lease: lease.id, remains }, 'what a revocation left, or waits for')
    const deadBy = earlier(result.deadBy ?? null, lease.deadBy)
    return { credentialDead, sessionsDead, deadBy, error: null }
  } catch (error) {
    const code = error instanceof BrokerError ? error.code : 'internal'
    if (code === 'internal') log.error({ lease: lease.id, err: error }, 'revocation failed')
    return {
      credentialDead: lease.credentialDead,
      sessionsDead: lease.sessionsDead,
      deadBy: lease.deadBy,
      error: code,
      waitSeconds: error instanceof BrokerError ? error.details.retryAfterSeconds : undefined,
    }
  }
}

const earlier = (one: Date | null, other: Date | null): Date | null =>
  one === null || (other !== null && other < one) ? other : one
