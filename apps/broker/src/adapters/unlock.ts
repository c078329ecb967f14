import { type FillRandom, newId } from '@credbroker/core/ids'
import type { DeploymentStore } from '../ports/deployment.ts'
import type { KeyRecord, Keyring } from '../ports/keyring.ts'
import type { KeySource } from './keyring/key-source.ts'
import { createKeyring, openKeyring, rotateKeyring } from './keyring/keyring.ts'

export interface Unlocked {
  readonly keyring: Keyring
  readonly record: KeyRecord
  readonly timeline: number | undefined
  /** The source has a newer key than the deployment was sealed under: everything has to be wrapped anew. */
  readonly rotation: { readonly keyring: Keyring; readonly record: KeyRecord } | undefined
}

/** Opens the deployment with its key, or founds it where the database is new. Two replicas may try to found it at once. */
export async function unlock(
  store: DeploymentStore,
  source: KeySource,
  timeline: number | undefined,
  random: FillRandom,
): Promise<Unlocked> {
  const found = await store.read()
  if (!found) {
    const deployment = newId('deployment', new Date(), random)
    const { keyring, record } = await createKeyring(deployment, source, random)
    if (await store.create(record, timeline)) return { keyring, record, timeline, rotation: undefined }
    return await unlock(store, source, timeline, random)
  }
  const keyring = await openKeyring(found.record, source, random)
  const { slot } = await source.current()
  const stale = slot.keyId !== found.record.slot.keyId && slot.kdf === undefined
  const rotation = stale ? await rotateKeyring(found.record, source, source, random) : undefined
  return { keyring, record: found.record, timeline: found.timeline, rotation }
}
