import type { Secret } from '@credbroker/core/secret'

/** A sealed secret as text: `sealed.1.<key id>.<wrapped data key>.<ciphertext>`. Store it as it is, in a text column. */
export type Sealed = string & { readonly sealed: unique symbol }

/** What a secret is sealed *for*. Opening it for anything else fails, so a row cannot borrow another row's secret. */
export interface SealBinding {
  readonly table: string
  readonly row: string
  /** Counts up with every new secret of this row; an older ciphertext does not open as the newer version. */
  readonly version: number
  readonly provider?: string
  readonly environment?: string
}

export interface Sealer {
  /** Under a fresh data key every time. */
  seal(plaintext: Secret, binding: SealBinding): Sealed
  /** @throws BrokerError `tampered` for another row, version, provider, environment or key, and for any changed bit. */
  open(sealed: Sealed, binding: SealBinding): Secret
}

/** Key rotation without touching ciphertexts: only the data key is wrapped anew. */
export interface Rewrapper {
  /** The key-encryption key that new data keys are wrapped under. */
  readonly keyId: string
  isCurrent(sealed: Sealed): boolean
  /** @throws BrokerError `tampered` as {@link Sealer.open} does. */
  rewrap(sealed: Sealed, binding: SealBinding): Sealed
}

/** What a MAC is for. Each has its own key, so that a MAC of one kind never passes for another. */
export const MAC_DOMAINS = ['row', 'dpop-nonce', 'challenge'] as const
export type MacDomain = (typeof MAC_DOMAINS)[number]

/** HMAC-SHA-256 under keys of this deployment; they outlive a rotation of the key-encryption key. Synchronous and fast. */
export interface Macs {
  /** 43 characters of base64url. For rows, `message` comes from `macInput` in domain/row-mac.ts. */
  mac(domain: MacDomain, message: string): string
  /** Compares in constant time; false for any text that is not this MAC. */
  matches(domain: MacDomain, message: string, mac: string): boolean
}

/** Keyed digests: equal values give equal texts, and only this deployment can tell (I1). */
export interface Fingerprints {
  /** 43 characters of base64url. */
  root(root: Secret): string
  /** One secret part of a root or of a minted credential, as somebody could find it. */
  part(part: Secret): string
  /** For audit fields. A low-entropy value can be guessed by whoever holds the key. */
  auditValue(field: string, value: string): string
}

/** Vendor-side names of leases: `brk_<deployment>_<lease>_<mac>`, 56 characters of `[a-z0-9_]`. */
export interface VendorNames {
  /** `brk_<deployment>_`: what a sweep searches for. */
  readonly prefix: string
  nameOf(lease: string): string
  /** The id of the lease, when the name carries our MAC; undefined means it is not ours and must not be touched (I7). */
  leaseOf(name: string): string | undefined
}

/** Everything an unlocked deployment can do with its keys. Take the small interface that you need. */
export interface Keyring {
  readonly sealer: Sealer
  readonly rewrapper: Rewrapper
  readonly macs: Macs
  readonly fingerprints: Fingerprints
  readonly vendorNames: VendorNames
}

/** How the key-encryption key of a deployment is found again. Not secret. */
export interface KeySlot {
  readonly keyId: string
  /** Set when the key comes from a passphrase. */
  readonly kdf?: {
    readonly name: 'argon2id'
    readonly passes: number
    readonly memoryKib: number
    readonly lanes: number
    /** 16 random bytes, base64url. */
    readonly salt: string
  }
  /** Set when the key comes from a key management service: the key, encrypted by it, base64url. */
  readonly kms?: string
}

/** What the deployment's row keeps so that the right key, and no other, unlocks it. Plain JSON; nothing in it is secret without the key. */
export interface KeyRecord {
  readonly deployment: string
  readonly slot: KeySlot
  /** A known value under the key-encryption key: it tells a wrong key from a tampered row. */
  readonly canary: Sealed
  /** The deployment secret that MAC keys are derived from; wrapped anew, never changed, when keys rotate. */
  readonly master: Sealed
}
