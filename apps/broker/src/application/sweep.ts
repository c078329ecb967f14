import type { Secret } from '@credbroker/core/secret'
import type { GuardedProvider, StoredLease } from '@credbroker/providers/guard'
import type { Root } from '../domain/config.ts'
import type { AuditLog } from '../ports/audit.ts'
import type { Clock } from '../ports/clock.ts'
import type { VendorNames } from '../ports/keyring.ts'
import type { LeaseReader } from '../ports/lease-store.ts'
import type { Log } from '../ports/log.ts'
import type { LiveConfig } from './live-config.ts'
import type { Recorder } from './recorder.ts'
import { type RevokeDeps, revokeDue } from './revoke-leases.ts'
import type { RootVault } from './root-vault.ts'
import { speakFor } from './speak-for.ts'

const BATCH = 32

/** Takes due leases until none is left or `signal` aborts, a batch at a time. Any number of replicas share the work. */
export async function sweepLeases(deps: RevokeDeps, signal: AbortSignal): Promise<number> {
  let swept = 0
  while (!signal.aborted) {
    const due = await deps.queue.take(BATCH)
    await Promise.all(due.map((lease) => revokeDue(deps, lease)))
    swept += due.length
    if (due.length < BATCH) break
  }
  return swept
}

export interface OrphanDeps {
  readonly config: LiveConfig
  readonly vault: RootVault
  readonly providers: ReadonlyMap<string, GuardedProvider>
  readonly names: VendorNames
  readonly leases: LeaseReader
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly log: Log
}

/**
 * Asks each vendor for names of ours that no living lease explains: what a restored database has forgotten. Only a
 * name whose MAC is ours is touched (I7). Answers how many were ended.
 */
export async function sweepOrphans(deps: OrphanDeps, signal: AbortSignal): Promise<number> {
  const { snapshot } = await deps.config.current()
  let ended = 0
  for (const { row: root, intact } of snapshot.rows.roots) {
    const kind = deps.providers.get(root.provider)
    if (signal.aborted || !intact || root.state !== 'usable' || !kind?.sweep || !kind.revocation) continue
    try {
      const provider = speakFor(kind, { name: root.name, environment: root.declaredEnvironment })
      if (!provider.sweep || !provider.revocation) continue
      const secret = await deps.vault.open(root.name)
      for (const name of await provider.sweep.find(secret, deps.names.prefix)) {
        const lease = deps.names.leaseOf(name)
        if (lease === undefined) continue
        const known = await deps.leases.find(lease)
        if (known && known.state !== 'ended') continue
        const spec = known?.spec ?? snapshot.rows.scopes.find(({ row }) => row.root === root.name)?.row.allow
        if (spec === undefined) continue
        const orphan = { name, spec, expiresAt: deps.clock.now() }
        if (await endOrphan(deps, provider.revocation, secret, orphan, { lease, root })) ended++
      }
    } catch (error) {
      deps.log.warn({ root: root.name, err: error }, 'could not look for orphans')
    }
  }
  return ended
}

/** One that resists must not keep the others alive. */
async function endOrphan(
  { audit, record, log }: OrphanDeps,
  revocation: NonNullable<GuardedProvider['revocation']>,
  secret: Secret,
  orphan: StoredLease,
  { lease, root }: { lease: string; root: Root },
): Promise<boolean> {
  const dead = { credentialDead: false, sessionsDead: false }
  try {
    const { credentialDead, sessionsDead } = await revocation.revoke(secret, orphan)
    Object.assign(dead, { credentialDead, sessionsDead })
  } catch (error) {
    log.warn({ lease, root: root.name, err: error }, 'an orphan could not be ended; it will be tried again')
  }
  const ended = dead.credentialDead && dead.sessionsDead
  if (ended) log.warn({ lease, root: root.name }, 'ended an orphan that no lease explains')
  const facts = { vendorName: orphan.name, provider: root.provider, root: root.name, ...dead }
  const actor = { kind: 'system', id: 'sweeper' } as const
  const result = ended ? 'ok' : 'failed'
  await audit.append([record({ type: 'lease.swept', phase: 'event', result, actor, lease, facts })])
  return ended
}
