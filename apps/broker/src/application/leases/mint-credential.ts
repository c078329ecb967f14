import { createHash } from 'node:crypto'
import { type Credential, secretPart } from '@credbroker/core/credential'
import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { Secret } from '@credbroker/core/secret'
import { credentialParts } from '@credbroker/core/secret-parts'
import type { GuardedProvider } from '@credbroker/providers/guard'
import type { Minted } from '@credbroker/providers/provider'
import type { Lease, LeaseCap } from '../../domain/lease.ts'
import { recoveryFact } from '../../domain/recovery-record.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { AuditLog } from '../../ports/audit.ts'
import type { Clock, NewId } from '../../ports/clock.ts'
import type { Fingerprints, Sealer, VendorNames } from '../../ports/keyring.ts'
import type { LeaseWriter } from '../../ports/lease-store.ts'
import type { ApprovedGrant } from '../approvals/approved-grant.ts'
import type { Recorder } from '../audit/recorder.ts'
import { handleBinding } from '../bindings.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { actorOf, type TaskCaller } from '../identity/caller.ts'
import type { RootVault } from '../roots/root-vault.ts'
import { speakFor } from '../roots/speak-for.ts'
import { type Allowed, type CheckUse, recheck, recordingRefusal } from './check-use.ts'
import { draftLease } from './draft-lease.ts'
import type { RevokeLeases } from './revoke-leases.ts'

export interface MintDeps {
  readonly check: CheckUse
  /** Whether it is still so on the newest configuration. */
  readonly recheck?: (before: Allowed) => Promise<Allowed>
  readonly config: LiveConfig
  readonly writer: LeaseWriter
  readonly vault: RootVault
  readonly sealer: Sealer
  readonly fingerprints: Fingerprints
  readonly names: VendorNames
  readonly providers: ReadonlyMap<string, GuardedProvider>
  readonly revoke: RevokeLeases
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly newId: NewId
  readonly approved: ApprovedGrant
}

export interface MintedCredential {
  readonly lease: Lease
  readonly credential: Credential
  readonly cappedBy: LeaseCap
}

/** One mint on its way, with what every audit event about it repeats. */
interface Mint {
  readonly lease: Lease
  readonly provider: GuardedProvider
  readonly intent: string
  readonly about: ReturnType<typeof about>
}

const ATTEMPTS = 3
const TOO_MANY = `At most ${LIMITS.leasesPerTask} credentials of a task, ${LIMITS.leasesPerAgent} of an agent and ${LIMITS.mintsPerAgent} on their way may live at once`

/**
 * Mints one credential under a live grant. The reservation and its intent are durable before the vendor is
 * called, and no transaction is open during the call; what comes back is handed out only if everything that allowed it
 * is still so, and is revoked at once otherwise (I6, I7, I8).
 * @throws BrokerError as `check` does; `ttl_below_floor`, `vendor_refused`, `vendor_unavailable`, `reach_refused`
 */
export const mintCredential =
  (deps: MintDeps) =>
  async (
    caller: TaskCaller,
    order: { readonly scope: string; readonly ttlSeconds?: number | undefined },
  ): Promise<MintedCredential> => {
    const checked = await deps.check(caller, order.scope, 'mint')
    return await mintChecked(deps, caller, checked, order.ttlSeconds)
  }

/** The same for a use that was checked by whoever asks, and is checked again by `deps.recheck`. @throws BrokerError as minting does */
export async function mintChecked(
  deps: MintDeps,
  caller: TaskCaller,
  checked: Allowed,
  ttlSeconds: number | undefined,
): Promise<MintedCredential> {
  const { mint, root, allowed, cappedBy } = await recordingRefusal(deps, caller, checked.scope.name, () =>
    reserve(deps, caller, checked, ttlSeconds),
  )
  const minted = await askVendor(deps, mint, root, allowed)
  return { ...(await activate(deps, mint, minted, allowed)), cappedBy }
}

/** Transaction 1. Afterwards the vendor may be asked. */
async function reserve(
  deps: MintDeps,
  caller: TaskCaller,
  checked: Allowed,
  askedSeconds: number | undefined,
): Promise<{ mint: Mint; root: Secret; allowed: Allowed; cappedBy: LeaseCap }> {
  const provider = deps.providers.get(checked.scope.provider)
  if (!provider)
    throw new BrokerError('root_unusable', { detail: 'This broker does not know the root’s provider' })
  const root = await deps.vault.open(checked.scope.root)
  const canEnd = provider.revocation?.canEndSessions(root) ?? false
  const { lease, cappedBy } = draftLease(deps, provider, checked, askedSeconds, canEnd)
  const { snapshot } = await deps.config.atLeast(checked.configVersion)
  const shared = about(caller, lease, checked, snapshot)
  const intent = deps.record.intent({ ...shared, type: 'lease.minted' })
  const mint = { lease, provider, intent: intent.id, about: shared }
  let allowed = checked
  for (let attempt = 1; ; attempt++) {
    const result = await deps.writer.reserve(lease, allowed.configVersion, intent.record)
    if (result === 'reserved') break
    if (result === 'too-many') throw new BrokerError('too_many', { detail: TOO_MANY, retryAfterSeconds: 10 })
    if (attempt === ATTEMPTS) throw new BrokerError('not_granted', { detail: 'The grant ended meanwhile' })
    allowed = await (deps.recheck ?? ((before) => recheck(deps, before)))(allowed)
  }
  return { mint, root, allowed, cappedBy }
}

async function askVendor(
  deps: MintDeps,
  mint: Mint,
  root: Secret,
  { anchors, grant, task }: Allowed,
): Promise<Minted> {
  const { lease, provider } = mint
  try {
    const asking = speakFor(provider, { name: lease.root, environment: lease.environment })
    const expiresAt = lease.deadBy ?? lease.expiresAt
    return await asking.mint(root, lease.spec, {
      name: lease.name,
      expiresAt,
      ttlSeconds: Math.round((expiresAt.getTime() - lease.createdAt.getTime()) / 1000),
      within: { anchors: idsAt(provider.vendor, anchors), access: grant.access },
      labels: { agent: task.agent, owner: task.owner, task: task.id, environment: task.environment },
    })
  } catch (error) {
    await abandon(deps, mint, error instanceof BrokerError ? error.code : 'internal')
    throw error
  }
}

/** A provider knows no other vendor's anchors. */
const idsAt = (vendor: string, anchors: Allowed['anchors']): string[] =>
  anchors.filter((anchor) => anchor.vendor === vendor).map(({ id }) => id)

async function activate(
  deps: MintDeps,
  mint: Mint,
  minted: Minted,
  decided: Allowed,
): Promise<Omit<MintedCredential, 'cappedBy'>> {
  const { lease } = mint
  const expiresAt = new Date(Math.min(minted.expiresAt.getTime(), lease.expiresAt.getTime()))
  // What the vendor claims may end it sooner here, and never makes us stop looking sooner.
  const deadBy = lease.deadBy && new Date(Math.max(minted.expiresAt.getTime(), lease.deadBy.getTime()))
  const credentialHash = createHash('sha256')
    .update(secretPart(minted.credential).expose())
    .digest('base64url')
  const handle = deps.sealer.seal(new Secret(JSON.stringify(minted.handle)), handleBinding(lease))
  const outcome = deps.record({
    ...mint.about,
    type: 'lease.minted',
    phase: 'outcome',
    result: 'ok',
    intent: mint.intent,
    policies: [...decided.policies],
    facts: {
      ...mint.about.facts,
      credentialSha256: credentialHash,
      expiresAt: expiresAt.toISOString(),
      ...(deadBy && { deadBy: deadBy.toISOString() }),
    },
  })
  let allowed = decided
  try {
    for (let attempt = 1; ; attempt++) {
      const { configVersion, breakGlass } = allowed
      if (breakGlass && deps.clock.now() >= breakGlass.endsAt)
        throw new BrokerError('denied', { detail: 'The break-glass ended while minting' })
      const activation = {
        lease: lease.id,
        configVersion,
        handle,
        credentialHash,
        fingerprints: credentialParts(minted.credential).map((part) => deps.fingerprints.part(part)),
        expiresAt,
        deadBy,
        outcome,
      }
      const result = await deps.writer.activate(activation)
      if (result === 'activated') {
        return { lease: { ...lease, state: 'active', expiresAt, deadBy }, credential: minted.credential }
      }
      if (result === 'gone' || attempt === ATTEMPTS)
        throw new BrokerError('task_ended', { detail: 'It ended while minting' })
      allowed = await (deps.recheck ?? ((before) => recheck(deps, before)))(allowed)
    }
  } catch (error) {
    await abandon(deps, mint, error instanceof BrokerError ? error.code : 'internal')
    throw error
  }
}

/**
 * Whatever the vendor made must not live, and nobody gets it. If even this cannot be written, the reservation's
 * deadline brings the sweeper (I7), and the intent without an outcome shows as unknown (I6).
 */
async function abandon({ writer, record, revoke }: MintDeps, mint: Mint, code: ErrorCode): Promise<void> {
  const outcome = record({
    ...mint.about,
    type: 'lease.minted',
    phase: 'outcome',
    result: code === 'vendor_unavailable' ? 'unknown' : 'failed',
    intent: mint.intent,
    code,
  })
  const condemned = await writer.condemn(mint.lease.id, [outcome]).catch(() => undefined)
  if (condemned) await revoke([condemned]).catch(() => undefined)
}

const about = (
  caller: TaskCaller,
  lease: Lease,
  { breakGlass, grant }: Allowed,
  snapshot: ConfigSnapshot,
) => ({
  actor: actorOf(caller),
  sub: caller.owner,
  request: caller.requestId,
  task: lease.task,
  grant: lease.grant,
  lease: lease.id,
  environment: lease.environment,
  scope: lease.scope,
  ...(grant.approval && { approval: grant.approval }),
  facts: {
    provider: lease.provider,
    vendorName: lease.name,
    root: lease.root,
    tier: snapshot.environment(lease.environment)?.tier ?? 'protected',
    ...recoveryFact(snapshot.root(lease.root) ?? { recovery: {} }),
    ...(breakGlass && { breakGlass: breakGlass.id }),
  },
})
