import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import type { Root } from '../../domain/config.ts'
import type { RootSecretStore } from '../../ports/config-store.ts'
import type { Sealed, Sealer } from '../../ports/keyring.ts'
import { rootBinding } from '../bindings.ts'
import type { Config, LiveConfig } from '../config/live-config.ts'

/** Opens root credentials for the one call that needs them. Nothing here caches: a plaintext lives as long as its call. */
export class RootVault {
  readonly #secrets: RootSecretStore
  readonly #sealer: Sealer
  readonly #config: LiveConfig
  /** By root; the newest version that was used. */
  readonly #sealed = new Map<string, { readonly key: string; readonly sealed: Sealed }>()

  constructor(secrets: RootSecretStore, sealer: Sealer, config: LiveConfig) {
    this.#secrets = secrets
    this.#sealer = sealer
    this.#config = config
  }

  /** The highest version of this root that is stored, in use or not; 0 where none is. */
  lastVersion(name: string): Promise<number> {
    return this.#secrets.lastVersion(name)
  }

  /**
   * For what gives power out, or asks in its name.
   * @throws BrokerError `root_unusable` where none is stored, `tampered` where it was not sealed for this root or its row is not
   *   the one written last
   */
  async open(name: string): Promise<Secret> {
    const { stored, root } = await this.#find(name, ({ snapshot }) => snapshot.root(name))
    // I13: which version counts is said by the root's own sealed row; an earlier credential may reach what this must not.
    if (stored.version !== root.version) throw notOfItsRoot()
    return this.#sealer.open(stored.sealed, rootBinding(root, stored.version))
  }

  /**
   * The same for a root as the configuration at hand has it, which whoever acts compares. What was sealed for a version never changes,
   * and is kept sealed; the plaintext is not. @throws BrokerError as {@link open}
   */
  async openVersion(root: Root): Promise<Secret> {
    const key = `${root.name} ${root.version}`
    const known = this.#sealed.get(root.name)
    if (known?.key === key) return this.#sealer.open(known.sealed, rootBinding(root, root.version))
    const stored = await this.#secrets.current(root.name)
    if (!stored || stored.version !== root.version) return await this.open(root.name)
    const secret = this.#sealer.open(stored.sealed, rootBinding(root, root.version))
    this.#sealed.set(root.name, { key, sealed: stored.sealed })
    return secret
  }

  /**
   * For what only takes power away: calls the vendor with the credential in use. It must not wait for people to repair what
   * somebody did to the database (I7, I8), so a row that was sealed once is enough, whatever the manifest says. Nor for a
   * rotation that stopped half-way: where the credential is refused, the vendor may hold the next one already.
   * @throws BrokerError as {@link open} and `call` do
   */
  async useToEnd<Answer>(name: string, call: (root: Secret) => Promise<Answer>): Promise<Answer> {
    const { stored, root } = await this.#find(name, ({ snapshot }) => sealedRoot(snapshot, name))
    // A row that was put back may be older than the credential, never newer.
    if (stored.version < root.version) throw notOfItsRoot()
    try {
      return await call(this.#sealer.open(stored.sealed, rootBinding(root, stored.version)))
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== 'vendor_refused') throw error
      const next = await this.#secrets.pending(name)
      if (next?.version !== stored.version + 1) throw error
      return await call(this.#sealer.open(next.sealed, rootBinding(root, next.version)))
    }
  }

  async #find(name: string, rootIn: (config: Config) => Root | undefined) {
    const stored = await this.#secrets.current(name)
    let root = rootIn(await this.#config.current())
    // Rotated since: the row and the credential change together.
    if (stored && stored.version !== root?.version) root = rootIn(await this.#config.refresh())
    if (!stored || !root)
      throw new BrokerError('root_unusable', { detail: 'No credential is stored for this root' })
    return { stored, root }
  }
}

function sealedRoot(snapshot: Config['snapshot'], name: string): Root | undefined {
  const found = snapshot.stored('roots', name)
  if (found && found.mac === undefined)
    throw new BrokerError('tampered', { detail: 'The row of the root does not carry our seal' })
  return found?.row
}

const notOfItsRoot = () =>
  new BrokerError('tampered', { detail: 'The stored credential is not the one of its root' })
