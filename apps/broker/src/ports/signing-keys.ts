import type { AuditRecord } from '@credbroker/core/audit/event'
import type { PublicJwk } from '@credbroker/core/client-key'
import type { Sealed } from './keyring.ts'

/** Assertions of one environment's issuer: `assertion:staging`. No other environment's vendor takes what this key signs (I2). */
export type AssertionPurpose = `assertion:${string}`
/** One key does one thing: `access-token` is ES256, `audit-checkpoint` Ed25519, and `assertion:…` RS256, which every cloud takes. */
export type KeyPurpose = 'access-token' | 'audit-checkpoint' | AssertionPurpose

/** A public key of ours, with the members that RFC 7638 hashes and no other. */
export type SigningJwk = PublicJwk | { readonly kty: 'RSA'; readonly n: string; readonly e: string }

/**
 * One row of `signing_keys`. Its private half also seals purpose and times, and the public half is computed from it:
 * what a writer of the database changes here is refused. Times are epoch seconds.
 */
export interface SigningKeyRecord {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string
  readonly purpose: KeyPurpose
  readonly publicJwk: SigningJwk
  readonly sealedPrivate: Sealed
  readonly createdAt: number
  /** Signs from here on; published before, so that every replica knows it in time. */
  readonly signsFrom: number
  /** Neither signs nor verifies from here on. */
  readonly notAfter: number
  /** Set when an operator ends it early. */
  readonly retiredAt: number | null
}

/** What the log says of a key that somebody asked for. */
export type Told = (kid: string) => AuditRecord

export interface SigningKeyStore {
  list(purpose: KeyPurpose): Promise<readonly SigningKeyRecord[]>
  /** With the event, where there is one, in one transaction (I6). */
  add(record: SigningKeyRecord, event?: AuditRecord): Promise<void>
  /** Ends a key at once: from `at` (epoch seconds) it neither signs nor verifies. */
  retire(kid: string, at: number): Promise<void>
}
