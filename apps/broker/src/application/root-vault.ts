import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { RootSecretStore } from '../ports/config-store.ts'
import type { Sealer } from '../ports/keyring.ts'
import { rootBinding } from './bindings.ts'
import type { LiveConfig } from './live-config.ts'

/** Opens root credentials for the one call that needs them. Nothing here caches: a plaintext lives as long as its call. */
export class RootVault {
  readonly #secrets: RootSecretStore
  readonly #sealer: Sealer
  readonly #config: LiveConfig

  constructor(secrets: RootSecretStore, sealer: Sealer, config: LiveConfig) {
    this.#secrets = secrets
    this.#sealer = sealer
    this.#config = config
  }

  /** The highest version of this root that is stored, in use or not; 0 where none is. */
  lastVersion(name: string): Promise<number> {
    return this.#secrets.lastVersion(name)
  }

  /** @throws BrokerError `root_unusable` where none is stored, `tampered` where it was not sealed for this root. */
  async open(name: string): Promise<Secret> {
    const stored = await this.#secrets.current(name)
    let root = (await this.#config.current()).snapshot.root(name)
    // Rotated since: the row and the credential change together.
    if (stored && stored.version !== root?.version) root = (await this.#config.refresh()).snapshot.root(name)
    if (!stored || !root)
      throw new BrokerError('root_unusable', { detail: 'No credential is stored for this root' })
    // I13: which version counts is said by the root's own sealed row; an earlier credential may reach what this must not.
    if (stored.version !== root.version)
      throw new BrokerError('tampered', { detail: 'The stored credential is not the one of its root' })
    return this.#sealer.open(stored.sealed, rootBinding(root, stored.version))
  }

  /**
   * Calls the vendor with the credential in use. Where it is refused and a rotation stopped half-way, the vendor may hold
   * the next one already: what has to be ended must not wait until somebody runs the rotation again (I7).
   * @throws BrokerError as {@link open} and `call` do
   */
  async use<Answer>(name: string, call: (root: Secret) => Promise<Answer>): Promise<Answer> {
    try {
      return await call(await this.open(name))
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== 'vendor_refused') throw error
      const next = await this.#next(name)
      if (!next) throw error
      return await call(next)
    }
  }

  async #next(name: string): Promise<Secret | undefined> {
    const root = (await this.#config.refresh()).snapshot.root(name)
    const stored = await this.#secrets.pending(name)
    if (!root || stored?.version !== root.version + 1) return undefined
    return this.#sealer.open(stored.sealed, rootBinding(root, stored.version))
  }
}
