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
}
