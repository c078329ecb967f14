import type { Json } from '@credbroker/core/canonical-json'
import type { Secret } from '@credbroker/core/secret'
import type { SigningKeyRecord, Told } from './signing-keys.ts'

/**
 * The keys of the assertion issuers, one set for each environment, apart from those that sign our own tokens. Whoever
 * calls has made sure that the environment is there.
 */
export interface AssertionSigner {
  /** A JWT, RS256, by the environment's current key; makes the first one. */
  sign(environment: string, claims: Readonly<Record<string, Json>>, now: Date): Promise<Secret>
  /** A JWK Set (RFC 7517 §5): what signs, what will, and what signed until lately. Makes none. */
  jwks(environment: string, now: Date): Promise<object>
}

/** What operators do with those keys. */
export interface AssertionKeyring {
  rotate(environment: string, now: Date, told: Told): Promise<SigningKeyRecord>
  list(environment: string): Promise<readonly SigningKeyRecord[]>
}
