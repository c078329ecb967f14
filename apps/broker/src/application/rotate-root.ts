import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { Root } from '../domain/config.ts'
import type { RootSecretStore } from '../ports/config-store.ts'
import type { ApplyDeps } from './apply-config.ts'
import { rootBinding } from './bindings.ts'
import { actorOf, type Caller, requireRole } from './caller.ts'
import { putRow } from './row-writes.ts'

export interface RotateDeps extends ApplyDeps {
  readonly secrets: RootSecretStore
}

/**
 * Replaces a root's credential at its vendor. Where the vendor keeps one credential, the new one is durable here before
 * the vendor is told, so that a crash in between leaves neither of us locked out: running it again finishes it.
 * @throws BrokerError `capability_absent`, `not_found`, `vendor_refused`, `vendor_unavailable`
 */
export const rotateRoot =
  (deps: RotateDeps) =>
  async (caller: Caller, name: string): Promise<Root> => {
    requireRole(caller, 'operator')
    const { snapshot } = await deps.config.refresh()
    const stored = snapshot.root(name)
    const rotation = stored && deps.providers.get(stored.provider)?.rotation
    if (!stored) throw new BrokerError('not_found')
    if (!rotation) throw new BrokerError('capability_absent')
    const old = await deps.vault.open(name)
    const version = stored.version + 1
    const about = {
      type: 'root.rotated' as const,
      actor: actorOf(caller),
      request: caller.requestId,
      facts: { root: name, provider: stored.provider, rootVersion: version },
    }
    const intent = deps.record.intent(about)
    if (rotation.style === 'in-place') {
      const next = (await pending(deps, stored, version)) ?? rotation.plan(old)
      await keep(snapshot.version, next, 'next', [intent.record])
      await rotation.apply(old, next)
      return await finish(next)
    }
    await keepIntent()
    const next = await rotation.prepare(old)
    const root = await finish(next)
    await rotation.retire(old, next)
    return root

    async function keepIntent(): Promise<void> {
      await deps.store.write({
        expectedVersion: (await deps.config.current()).snapshot.version,
        rows: [],
        events: [intent.record],
      })
    }

    async function keep(
      expectedVersion: number,
      secret: Secret,
      state: 'next' | 'current',
      events: readonly (typeof intent.record)[],
      rows = [] as ReturnType<typeof putRow>[],
    ) {
      const sealed = deps.sealer.seal(secret, rootBinding(stored as Root, version))
      await deps.store.write({
        expectedVersion,
        rows,
        secrets: [{ root: name, version, sealed, state }],
        events,
      })
    }

    async function finish(next: Secret): Promise<Root> {
      const fresh = (await deps.config.refresh()).snapshot
      const root = {
        ...(fresh.root(name) ?? (stored as Root)),
        version,
        fingerprint: deps.fingerprints.root(next),
      }
      const outcome = deps.record({ ...about, phase: 'outcome', result: 'ok', intent: intent.id })
      await keep(fresh.version, next, 'current', [outcome], [putRow(deps.macs, 'roots', root)])
      await deps.config.refresh()
      return root
    }
  }

/** What an interrupted rotation had already decided on. */
async function pending(
  { secrets, sealer }: RotateDeps,
  root: Root,
  version: number,
): Promise<Secret | undefined> {
  const stored = await secrets.pending(root.name)
  return stored?.version === version ? sealer.open(stored.sealed, rootBinding(root, version)) : undefined
}
