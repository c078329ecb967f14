import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeyPurpose } from '../../ports/signing-keys.ts'

const DAY = 86_400
const generate = promisify(generateKeyPair)

/** How keys of one purpose are made, and for how long they serve. Seconds. */
export interface KeyProfile {
  readonly alg: 'ES256' | 'EdDSA' | 'RS256'
  /** For how long a key signs. */
  readonly signs: number
  /** For how long its public half is known before it signs. */
  readonly lead: number
  readonly make: () => Promise<KeyObject>
}

const ACCESS_TOKEN: KeyProfile = {
  alg: 'ES256',
  signs: 30 * DAY,
  lead: 600,
  make: async () => (await generate('ec', { namedCurve: 'P-256' })).privateKey,
}

const AUDIT_CHECKPOINT: KeyProfile = {
  alg: 'EdDSA',
  signs: 365 * DAY,
  lead: 600,
  make: async () => (await generate('ed25519')).privateKey,
}

/** Vendors keep what they read of the key set for a while, and not all look again when they meet a new `kid`. */
const ASSERTION: KeyProfile = {
  alg: 'RS256',
  signs: 30 * DAY,
  lead: 6 * 3600,
  make: async () => (await generate('rsa', { modulusLength: 2048 })).privateKey,
}

export function profileOf(purpose: KeyPurpose): KeyProfile {
  if (purpose === 'access-token') return ACCESS_TOKEN
  if (purpose === 'audit-checkpoint') return AUDIT_CHECKPOINT
  return ASSERTION
}
