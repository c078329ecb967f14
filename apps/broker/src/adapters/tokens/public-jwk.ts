import { createPublicKey, type KeyObject } from 'node:crypto'
import type { PublicJwk } from '@credbroker/core/client-key'

/** 32 bytes in their one base64url form: the last character has four bits to carry, the low two are zero. */
const COORDINATE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
/** What libraries add to a public key and what says nothing about which key it is (RFC 7517 §4). */
const HARMLESS = new Set(['kid', 'use', 'key_ops', 'alg', 'ext'])

/**
 * A public P-256 or Ed25519 key without its decoration. Undefined for every other kind, for private members (`d`,
 * `k`, …) and for members that point elsewhere (`x5u`, `x5c`, …).
 */
export function parsePublicJwk(value: unknown): PublicJwk | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { kty, crv, x, y, ...rest } = value as Record<string, unknown>
  if (!Object.keys(rest).every((member) => HARMLESS.has(member))) return undefined
  if (!isCoordinate(x)) return undefined
  if (kty === 'EC' && crv === 'P-256' && isCoordinate(y)) return { kty, crv, x, y }
  if (kty === 'OKP' && crv === 'Ed25519' && y === undefined) return { kty, crv, x }
  return undefined
}

/** Undefined when the point is not on the curve. */
export function importPublicJwk(jwk: PublicJwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** The algorithm follows from the key, never from the token (RFC 8725 §3.1). RFC 9864 gives Ed25519 a second name. */
export const algorithmsOf = (jwk: PublicJwk): readonly string[] =>
  jwk.kty === 'EC' ? ['ES256'] : ['EdDSA', 'Ed25519']

const isCoordinate = (value: unknown): value is string => typeof value === 'string' && COORDINATE.test(value)
