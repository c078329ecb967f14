import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import { macInput } from '../../domain/row-mac.ts'
import type { ClientKeyStore, EnrolledKey, StoredKey } from '../../ports/client-keys.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Macs } from '../../ports/keyring.ts'

const MOST_CACHED = 10_000

export const keyMac = (macs: Macs, key: EnrolledKey): string =>
  macs.mac('row', macInput('client_keys', key as unknown as Record<string, Json>))

/** Enrolled keys whose rows carry our MAC and whose time is not over. */
export class KnownKeys {
  readonly #store: ClientKeyStore
  readonly #macs: Macs
  readonly #clock: Clock
  readonly #cache = new Map<string, StoredKey>()

  constructor(store: ClientKeyStore, macs: Macs, clock: Clock) {
    this.#store = store
    this.#macs = macs
    this.#clock = clock
  }

  /** As stored now. @throws BrokerError `unauthenticated` for a key that is not enrolled or is over, `tampered` */
  async live(jkt: string): Promise<StoredKey> {
    const stored = await this.#store.find(jkt)
    if (!stored) {
      this.#cache.delete(jkt)
      throw new BrokerError('unauthenticated', { detail: 'This key is not enrolled' })
    }
    if (stored.key.jkt !== jkt || keyMac(this.#macs, stored.key) !== stored.mac) {
      throw new BrokerError('tampered', { detail: 'A row of client_keys does not carry our seal' })
    }
    if (this.#cache.size >= MOST_CACHED) this.#cache.clear()
    this.#cache.set(jkt, stored)
    return this.#unlessOver(stored)
  }

  /** As last seen; the statement that acts on it must compare the MAC with the stored row. */
  async seen(jkt: string): Promise<StoredKey> {
    const cached = this.#cache.get(jkt)
    // A lent key gets a new end, and with it a new MAC, while it is in use.
    return cached && !cached.key.lentFor ? this.#unlessOver(cached) : await this.live(jkt)
  }

  #unlessOver(stored: StoredKey): StoredKey {
    if (Date.parse(stored.key.endsAt) <= this.#clock.now().getTime()) {
      throw new BrokerError('unauthenticated', { detail: 'This key is past its end; enrol again' })
    }
    return stored
  }
}
