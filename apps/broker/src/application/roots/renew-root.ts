import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { Root } from '../../domain/config.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ConfigWriter, SecretWrite } from '../../ports/config-store.ts'
import type { Fingerprints, Macs, Sealer } from '../../ports/keyring.ts'
import { codeOf, type Outcome } from '../audit/announce.ts'
import { rootBinding } from '../bindings.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { putRow } from '../config/row-writes.ts'

export interface RenewDeps {
  readonly config: LiveConfig
  readonly store: ConfigWriter
  readonly macs: Macs
  readonly sealer: Sealer
  readonly fingerprints: Fingerprints
  readonly clock: Clock
}

const ATTEMPTS = 5

/**
 * Puts in use what a rotation made: root row, credential and outcome in one transaction. Other changes of the configuration
 * do not disturb it; that the root itself has another credential by now does.
 * @throws BrokerError `conflict`, `store_unavailable`
 */
export async function renewRoot(
  { config, store, macs, sealer, fingerprints, clock }: RenewDeps,
  stored: Root,
  { next, former }: { readonly next: Secret; readonly former: NonNullable<SecretWrite['former']> },
  outcome: Outcome,
): Promise<Root> {
  const { name } = stored
  const version = stored.version + 1
  const fingerprint = fingerprints.root(next)
  const sealed = sealer.seal(next, rootBinding(stored, version))
  let last: unknown
  for (let attempt = 1; ; attempt++) {
    const { snapshot } = await config.refresh()
    const fresh = snapshot.root(name)
    // An earlier attempt whose answer was lost.
    if (fresh?.version === version && fresh.fingerprint === fingerprint) return fresh
    if (fresh?.version !== stored.version || fresh.provider !== stored.provider)
      throw new BrokerError('conflict', { detail: 'The root’s credential was replaced meanwhile' })
    if (attempt > ATTEMPTS) throw last
    const root = { ...fresh, version, fingerprint, addedAt: clock.now().toISOString() }
    try {
      await store.write({
        expectedVersion: snapshot.version,
        rows: [putRow(macs, 'roots', root)],
        secrets: [{ root: name, version, sealed, former }],
        events: [outcome()],
      })
      await config.refresh()
      return root
    } catch (error) {
      // Once nobody could tell, nobody can: a later refusal does not say what became of the first attempt.
      if (codeOf(last) !== 'store_unavailable') last = error
      if (!['conflict', 'store_unavailable'].includes(codeOf(error))) throw error
    }
  }
}
