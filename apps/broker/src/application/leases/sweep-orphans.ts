import { BrokerError } from '@credbroker/core/errors'
import type { GuardedProvider } from '@credbroker/providers/guard'
import type { Root, Scope } from '../../domain/config.ts'
import type { CheckedRows } from '../../domain/snapshot.ts'
import type { VendorNames } from '../../ports/keyring.ts'
import type { LeaseReader } from '../../ports/lease-store.ts'
import type { Log } from '../../ports/log.ts'
import { atOnce } from '../at-once.ts'
import { codeOf } from '../audit/announce.ts'
import { type RepeatDeps, repeatedly } from '../audit/repeatedly.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { RootVault } from '../roots/root-vault.ts'
import { speakFor } from '../roots/speak-for.ts'

export interface OrphanDeps extends RepeatDeps {
  readonly config: LiveConfig
  readonly vault: RootVault
  readonly providers: ReadonlyMap<string, GuardedProvider>
  readonly names: VendorNames
  readonly leases: LeaseReader
  /** Kept from look to look: of roots, when the vendor may be asked again. */
  readonly waits: Map<string, number>
  readonly log: Log
}

/** Vendors asked at once. */
const AT_ONCE = 16
/** What one root has to be ended for longer waits for the next look, and the next look at other roots does not wait for it. */
const LOOK_MS = 30_000
const actor = { kind: 'system', id: 'sweeper' } as const

/**
 * Asks each vendor for names of ours that no living lease explains: what a restored database has forgotten. Only a
 * name whose MAC is ours is touched (I7). Answers how many were ended.
 */
export async function sweepOrphans(deps: OrphanDeps, signal: AbortSignal): Promise<number> {
  const { rows } = (await deps.config.current()).snapshot
  // Ending takes nothing but a row that was sealed once, also one that is unusable by now: nothing is given out.
  const now = deps.clock.now().getTime()
  for (const [root, until] of deps.waits) if (until <= now) deps.waits.delete(root)
  const sealed = rows.roots.filter(({ mac, row }) => mac !== undefined && !deps.waits.has(row.name))
  const ended = await atOnce(AT_ONCE, sealed, async ({ row: root }) => {
    const specs = specsFor(root, rows.scopes)
    try {
      return signal.aborted ? 0 : await sweepRoot(deps, root, specs, signal)
    } catch (error) {
      leaveAlone(deps, root, error instanceof BrokerError ? error.details.retryAfterSeconds : undefined)
      deps.log.warn({ root: root.name, err: error }, 'could not look for orphans')
      return 0
    }
  })
  return ended.reduce((sum, count) => sum + count, 0)
}

/** The vendor counts questions, and mints and revocations need theirs. */
function leaveAlone({ waits, clock }: OrphanDeps, { name }: Root, seconds: number | undefined): void {
  if (seconds !== undefined) waits.set(name, clock.now().getTime() + seconds * 1000)
}

/** What a forgotten lease may have been for: something the provider understands, most likely of this root. */
const specsFor = (root: Root, scopes: CheckedRows['scopes']): Scope['allow'][] =>
  scopes
    .flatMap(({ row }) => (row.provider === root.provider ? [row] : []))
    .sort((a, b) => Number(b.root === root.name) - Number(a.root === root.name))
    .map(({ allow }) => allow)

async function sweepRoot(
  deps: OrphanDeps,
  root: Root,
  [likely]: readonly Scope['allow'][],
  signal: AbortSignal,
): Promise<number> {
  const kind = deps.providers.get(root.provider)
  if (!kind?.sweep || !kind.revocation) return 0
  const { sweep, revocation } = speakFor(kind, { name: root.name, environment: root.declaredEnvironment })
  if (!sweep || !revocation) return 0
  const facts = { root: root.name, provider: root.provider, operation: 'find' }
  const about = { type: 'root.checked' as const, actor, facts }
  return await deps.vault.useToEnd(root.name, async (secret) => {
    const names = await repeatedly(deps, `find ${root.name}`, about, async () => {
      const answer = await sweep.find(secret, deps.names.prefix)
      return { answer, state: 'ok', result: 'ok', facts: { count: answer.length } }
    })
    const until = deps.clock.now().getTime() + LOOK_MS
    let ended = 0
    leaveAlone(deps, root, sweep.everySeconds)
    for (const name of names) {
      if (signal.aborted || deps.clock.now().getTime() > until) {
        deps.waits.delete(root.name)
        break
      }
      const lease = deps.names.leaseOf(name)
      if (lease === undefined) continue
      const known = await deps.leases.find(lease)
      if (known && known.state !== 'ended') continue
      const spec = known?.spec ?? likely
      if (spec === undefined) {
        deps.log.warn({ lease, root: root.name }, 'an orphan cannot be ended: no scope says what it was for')
        continue
      }
      const orphan = { name, spec, expiresAt: deps.clock.now() }
      const end = () => revocation.revoke(secret, orphan)
      const result = await endOrphan(deps, { lease, root, name }, end)
      if (result === 'ended') ended++
      if (result === 'vendor_unavailable') break
    }
    return ended
  })
}

/** One that resists must not keep the others alive; it is tried again at every look. */
async function endOrphan(
  deps: OrphanDeps,
  { lease, root, name }: { readonly lease: string; readonly root: Root; readonly name: string },
  end: () => ReturnType<NonNullable<GuardedProvider['revocation']>['revoke']>,
): Promise<'ended' | 'alive' | ReturnType<typeof codeOf>> {
  const facts = { vendorName: name, provider: root.provider, root: root.name }
  const about = { type: 'lease.swept' as const, actor, lease, facts }
  try {
    return await repeatedly(deps, `orphan ${lease}`, about, async () => {
      const { credentialDead, sessionsDead } = await end()
      const dead = credentialDead && sessionsDead
      if (dead) deps.log.warn({ lease, root: root.name }, 'ended an orphan that no lease explains')
      return {
        answer: dead ? ('ended' as const) : ('alive' as const),
        state: `${credentialDead} ${sessionsDead}`,
        result: dead ? 'ok' : 'failed',
        facts: { credentialDead, sessionsDead },
        over: dead,
      }
    })
  } catch (error) {
    deps.log.warn(
      { lease, root: root.name, err: error },
      'an orphan could not be ended; it will be tried again',
    )
    return codeOf(error)
  }
}
