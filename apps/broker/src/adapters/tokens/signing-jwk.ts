import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { thumbprint } from '@credbroker/core/client-key'
import type { SigningJwk } from '../../ports/signing-keys.ts'
import { parsePublicJwk } from './public-jwk.ts'

/** The public half of a key of ours. @throws TypeError for a kind that we do not sign with */
export function signingJwkOf(key: KeyObject): SigningJwk {
  const jwk = createPublicKey(key).export({ format: 'jwk' })
  const { kty, n, e } = jwk
  if (kty === 'RSA' && n !== undefined && e !== undefined) return { kty, n, e }
  const parsed = parsePublicJwk(jwk)
  if (!parsed) throw new TypeError('not a key that we sign with')
  return parsed
}

/** RFC 7638 thumbprint, SHA-256, base64url: the `kid`. */
export function signingThumbprint(jwk: SigningJwk): string {
  if (jwk.kty !== 'RSA') return thumbprint(jwk)
  const { e, kty, n } = jwk
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')
}
