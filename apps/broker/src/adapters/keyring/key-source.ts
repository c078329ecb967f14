import type { KeySlot } from '../../ports/keyring.ts'
import type { Kek } from './kek.ts'

/** Where key-encryption keys come from. */
export interface KeySource {
  /** `BROKER_KEYFILE`: what to name when the key does not fit. */
  readonly setting: string
  /** The key for a new deployment, or the one to rotate to. */
  current(): Promise<{ readonly kek: Kek; readonly slot: KeySlot }>
  /** The keys that may open this deployment, the slot's own first. Empty when this source does not hold it. */
  unlock(slot: KeySlot): Promise<readonly Kek[]>
}
