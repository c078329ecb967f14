import { createSecretKey, type KeyObject } from 'node:crypto'
import { canonicalJson } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import type { Rewrapper, SealBinding, Sealed, Sealer } from '../../ports/keyring.ts'
import { decrypt, encrypt } from './aead.ts'
import { deriveKey, type Kek } from './kek.ts'
import { formatSealed, parseSealed, type SealedParts } from './sealed-text.ts'

const FORMAT = 'credbroker-sealed/1'

/**
 * Envelope encryption: a fresh data key for every sealed value, wrapped by the current key-encryption key; the others
 * only open. Both layers authenticate the whole binding, the wrap its key id too. So a row of another place, version,
 * provider, environment or deployment fails closed.
 */
export class Envelopes implements Sealer, Rewrapper {
  readonly keyId: string
  readonly #deployment: string
  readonly #wrapKeys: ReadonlyMap<string, KeyObject>
  readonly #random: FillRandom

  constructor(deployment: string, current: Kek, others: readonly Kek[], random: FillRandom) {
    this.keyId = current.id
    this.#deployment = deployment
    this.#random = random
    // The current key comes last: an id that stands for two keys must mean this one.
    this.#wrapKeys = new Map(
      [...others, current].map(({ id, key }) => [id, deriveKey(key, deployment, 'wrap')]),
    )
  }

  seal(plaintext: Secret, binding: SealBinding): Sealed {
    const dataKeyBytes = this.#random(new Uint8Array(32))
    const dataKey = createSecretKey(dataKeyBytes)
    const bytes = Buffer.from(plaintext.expose())
    const body = encrypt(dataKey, bytes, this.#associated(binding), this.#random)
    bytes.fill(0)
    return this.#wrap(dataKeyBytes, body, binding)
  }

  open(sealed: Sealed, binding: SealBinding): Secret {
    const { dataKey, body } = this.#unwrap(sealed, binding)
    const plaintext = decrypt(createSecretKey(dataKey), body, this.#associated(binding))
    dataKey.fill(0)
    if (!plaintext) throw tampered(binding)
    const secret = new Secret(plaintext.toString())
    plaintext.fill(0)
    return secret
  }

  isCurrent(sealed: Sealed): boolean {
    return parseSealed(sealed)?.keyId === this.keyId
  }

  rewrap(sealed: Sealed, binding: SealBinding): Sealed {
    const { dataKey, body } = this.#unwrap(sealed, binding)
    return this.#wrap(dataKey, body, binding)
  }

  /** Wipes the data key. */
  #wrap(dataKey: Uint8Array, body: Buffer, binding: SealBinding): Sealed {
    const associated = this.#associated(binding, this.keyId)
    const wrapped = encrypt(this.#wrapKeys.get(this.keyId) as KeyObject, dataKey, associated, this.#random)
    dataKey.fill(0)
    return formatSealed({ keyId: this.keyId, wrapped, body })
  }

  #unwrap(sealed: Sealed, binding: SealBinding): { dataKey: Buffer; body: Buffer } {
    const parts: SealedParts | undefined = parseSealed(sealed)
    const wrapKey = parts && this.#wrapKeys.get(parts.keyId)
    const dataKey = wrapKey && decrypt(wrapKey, parts.wrapped, this.#associated(binding, parts.keyId))
    if (!dataKey) throw tampered(binding)
    return { dataKey, body: parts.body }
  }

  #associated({ table, row, version, provider, environment }: SealBinding, keyId?: string): string {
    return canonicalJson({
      format: FORMAT,
      layer: keyId === undefined ? 'data' : 'data-key',
      deployment: this.#deployment,
      table,
      row,
      version,
      provider: provider ?? null,
      environment: environment ?? null,
      keyId: keyId ?? null,
    })
  }
}

/** Names our own table only; the row's id may be chosen by someone else. */
const tampered = ({ table }: SealBinding): BrokerError =>
  new BrokerError('tampered', {
    detail: `A sealed value in ${table} does not open as what its row says it is.`,
  })
