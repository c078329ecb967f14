import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import type { SealBinding, Sealer } from '../../ports/keyring.ts'
import type {
  KeyPurpose,
  SigningJwk,
  SigningKeyRecord,
  SigningKeyStore,
  Told,
} from '../../ports/signing-keys.ts'
import { type KeyProfile, profileOf } from './key-profile.ts'
import { signingJwkOf, signingThumbprint } from './signing-jwk.ts'

const DAY = 86_400
/** How long the public half is known after the key signed last: the life of what it signs, and skew. Seconds. */
const TAIL = 960
/** Seconds after which the stored keys are read again, and the least time between two readings that strangers can cause. */
const STALE = 30
const PATIENCE = 1

interface LoadedKey {
  readonly record: SigningKeyRecord
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** One key that signs now. */
export interface SigningKey {
  readonly kid: string
  readonly publicJwk: SigningJwk
  readonly alg: KeyProfile['alg']
  /** ES256 as `r ‖ s` and Ed25519: 64 bytes either way. RS256: 256. */
  readonly sign: (data: Uint8Array) => Buffer
}

/**
 * The keys of one purpose: made, sealed, stored, published before they sign and until their last signature is worthless.
 * Two replicas may each make one at the same moment; both are valid.
 */
export class SigningKeys {
  readonly #purpose: KeyPurpose
  readonly #profile: KeyProfile
  readonly #store: SigningKeyStore
  readonly #sealer: Sealer
  #loaded: readonly LoadedKey[] = []
  #loadedAt = 0
  #loading: Promise<readonly LoadedKey[]> | undefined
  #making: Promise<LoadedKey> | undefined

  constructor(purpose: KeyPurpose, store: SigningKeyStore, sealer: Sealer) {
    this.#purpose = purpose
    this.#profile = profileOf(purpose)
    this.#store = store
    this.#sealer = sealer
  }

  /** The youngest key that is old enough to sign. Makes the first one, and a successor a day before it stops. */
  async current(now: Date): Promise<SigningKey> {
    const at = seconds(now)
    const signer = this.#signer(await this.#keys(at), at) ?? (await this.#makeOnce(at, at))
    const { record, privateKey } = signer
    if (
      record.notAfter - TAIL - DAY < at &&
      !this.#loaded.some((key) => key.record.signsFrom > record.signsFrom)
    )
      await this.#makeOnce(at, at + this.#profile.lead)
    const { alg } = this.#profile
    return {
      kid: record.kid,
      publicJwk: record.publicJwk,
      alg,
      sign: (data) =>
        alg === 'EdDSA'
          ? sign(null, data, privateKey)
          : sign('sha256', data, { key: privateKey, ...(alg === 'ES256' && { dsaEncoding: 'ieee-p1363' }) }),
    }
  }

  /** A key that may still verify. One that another replica has just made is looked for in the store. */
  async publicKey(kid: string, now: Date): Promise<KeyObject | undefined> {
    const at = seconds(now)
    const find = (keys: readonly LoadedKey[]) =>
      keys.find((key) => key.record.kid === kid && isValid(key.record, at))
    const found = find(await this.#keys(at))
    if (found || at - this.#loadedAt < PATIENCE) return found?.publicKey
    return find(await this.#load(at))?.publicKey
  }

  /** Every key of this purpose there ever was, ended ones too: what they signed once can be told from forgeries. */
  async ever(): Promise<readonly KeyObject[]> {
    return (await this.#read()).map(({ publicKey }) => publicKey)
  }

  /**
   * A JWK Set (RFC 7517 §5) of every key that may verify now or will soon. Who asks may just have been shown what another
   * replica signed with its first key.
   */
  async jwks(now: Date): Promise<{ keys: (SigningJwk & { kid: string; alg: string; use: 'sig' })[] }> {
    const at = seconds(now)
    const keys = at - this.#loadedAt < PATIENCE ? this.#loaded : await this.#load(at)
    const valid = keys.filter(({ record }) => isValid(record, at))
    const { alg } = this.#profile
    return { keys: valid.map(({ record: { publicJwk, kid } }) => ({ ...publicJwk, kid, alg, use: 'sig' })) }
  }

  /** Every row of this purpose, to be shown. */
  list(): Promise<readonly SigningKeyRecord[]> {
    return this.#store.list(this.#purpose)
  }

  /** A new key, which signs as soon as everybody who verifies knows it. The old one goes on until then, and verifies after. */
  async rotate(now: Date, told: Told): Promise<SigningKeyRecord> {
    const at = seconds(now)
    await this.#keys(at)
    return (await this.#make(at, at + this.#profile.lead, told)).record
  }

  /** For a key that leaked: nothing it signed is accepted any more. Tell the other replicas to {@link forget}. */
  async retire(kid: string, now: Date): Promise<void> {
    await this.#store.retire(kid, seconds(now))
    this.forget()
  }

  /** What is remembered is read again at the next use. */
  forget(): void {
    this.#loadedAt = 0
    this.#loading = undefined
  }

  #signer(keys: readonly LoadedKey[], at: number): LoadedKey | undefined {
    return keys
      .filter(({ record }) => isValid(record, at) && record.signsFrom <= at && at < record.notAfter - TAIL)
      .sort((a, b) => b.record.signsFrom - a.record.signsFrom || (a.record.kid < b.record.kid ? -1 : 1))[0]
  }

  #keys(at: number): Promise<readonly LoadedKey[]> | readonly LoadedKey[] {
    return Math.abs(at - this.#loadedAt) < STALE ? this.#loaded : this.#load(at)
  }

  /** One reading at a time. What was being read when {@link forget} was called is not kept. */
  #load(at: number): Promise<readonly LoadedKey[]> {
    if (this.#loading) return this.#loading
    const loading: Promise<readonly LoadedKey[]> = this.#read()
      .then((keys) => {
        if (this.#loading === loading) {
          this.#loaded = keys
          this.#loadedAt = at
        }
        return keys
      })
      .finally(() => {
        if (this.#loading === loading) this.#loading = undefined
      })
    this.#loading = loading
    return loading
  }

  async #read(): Promise<readonly LoadedKey[]> {
    const records = await this.#store.list(this.#purpose)
    return records.map((record) => {
      const known = this.#loaded.find((key) => key.record.kid === record.kid)
      // The same object for the same key: verified tokens are remembered with it.
      return known && sealedAlike(known.record, record) ? { ...known, record } : this.#open(record)
    })
  }

  /** Requests that arrive together must not each make a key. */
  #makeOnce(at: number, signsFrom: number): Promise<LoadedKey> {
    this.#making ??= this.#make(at, signsFrom).finally(() => {
      this.#making = undefined
    })
    return this.#making
  }

  async #make(at: number, signsFrom: number, told?: Told): Promise<LoadedKey> {
    const privateKey = await this.#profile.make()
    const publicJwk = signingJwkOf(privateKey)
    const kid = signingThumbprint(publicJwk)
    const notAfter = signsFrom + this.#profile.signs + TAIL
    const privateText = JSON.stringify({ signsFrom, notAfter, jwk: privateKey.export({ format: 'jwk' }) })
    const record: SigningKeyRecord = {
      kid,
      purpose: this.#purpose,
      publicJwk,
      sealedPrivate: this.#sealer.seal(new Secret(privateText), this.#binding(kid)),
      createdAt: at,
      signsFrom,
      notAfter,
      retiredAt: null,
    }
    await this.#store.add(record, told?.(kid))
    const key = { record, privateKey, publicKey: createPublicKey(privateKey) }
    this.#loaded = [...this.#loaded, key]
    return key
  }

  /** @throws BrokerError `tampered` when the row says anything that the sealed half does not. */
  #open(record: SigningKeyRecord): LoadedKey {
    const sealed = this.#sealer.open(record.sealedPrivate, this.#binding(record.kid))
    const { jwk, signsFrom, notAfter } = JSON.parse(sealed.expose())
    const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
    const own = signingJwkOf(privateKey)
    const honest =
      signingThumbprint(own) === signingThumbprint(record.publicJwk) &&
      record.signsFrom === signsFrom &&
      record.notAfter === notAfter
    if (!honest)
      throw new BrokerError('tampered', { detail: 'A row of signing_keys does not fit its sealed half.' })
    return { record: { ...record, publicJwk: own }, privateKey, publicKey: createPublicKey(privateKey) }
  }

  #binding(kid: string): SealBinding {
    return { table: 'signing_keys', row: kid, version: 1, provider: this.#purpose }
  }
}

const isValid = ({ notAfter, retiredAt }: SigningKeyRecord, at: number): boolean =>
  at < notAfter && (retiredAt === null || at < retiredAt)

const sealedAlike = (a: SigningKeyRecord, b: SigningKeyRecord): boolean =>
  a.sealedPrivate === b.sealedPrivate &&
  a.signsFrom === b.signsFrom &&
  a.notAfter === b.notAfter &&
  a.purpose === b.purpose &&
  signingThumbprint(a.publicJwk) === signingThumbprint(b.publicJwk)

const seconds = (now: Date): number => Math.floor(now.getTime() / 1000)
