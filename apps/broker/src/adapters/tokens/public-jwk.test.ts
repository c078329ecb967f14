import { generateKeyPairSync } from 'node:crypto'
import { generateClientKey } from '@credbroker/core/client-key'
import { expect, it } from 'vitest'
import { importPublicJwk, parsePublicJwk } from './public-jwk.ts'

const jwk = generateClientKey().publicJwk as { kty: 'EC'; crv: 'P-256'; x: string; y: string }
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })

it('keeps the members that make the key and drops harmless ones, so that a thumbprint has one meaning', () => {
  expect(
    parsePublicJwk({ ...jwk, use: 'sig', kid: 'k', ext: true, key_ops: ['verify'], alg: 'ES256' }),
  ).toEqual(jwk)
  expect(parsePublicJwk(ed25519)).toEqual({ kty: 'OKP', crv: 'Ed25519', x: ed25519.x })
})

it.each<[string, unknown]>([
  ['a private key', { ...jwk, d: jwk.x }],
  ['a symmetric key', { kty: 'oct', k: jwk.x }],
  ['an RSA key', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })],
  ['a P-384 key', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })],
  ['an X25519 key', generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })],
  ['a P-256 key that calls itself secp256k1', { ...jwk, crv: 'secp256k1' }],
  ['an Ed25519 key with a y', { ...ed25519, y: jwk.y }],
  ['a certificate chain', { ...jwk, x5c: ['MIIB'] }],
  ['a pointer', { ...jwk, x5u: 'https://evil.example' }],
  ['an unknown member', { ...jwk, more: 1 }],
  ['no y', { ...jwk, y: undefined }],
  ['a coordinate with spare bits set', { ...jwk, x: `${jwk.x.slice(0, 42)}B` }],
  ['a long coordinate', { ...jwk, x: `${jwk.x}A` }],
  ['a short coordinate', { ...jwk, x: jwk.x.slice(1) }],
  ['padding', { ...jwk, x: `${jwk.x}=` }],
  ['a list', [jwk]],
  ['text', JSON.stringify(jwk)],
  ['null', null],
])('refuses %s', (_name, value) => {
  expect(parsePublicJwk(value)).toBeUndefined()
})

it('does not import a point that is not on the curve', () => {
  expect(importPublicJwk({ ...jwk, y: jwk.x })).toBeUndefined()
  expect(importPublicJwk({ ...jwk, x: 'A'.repeat(43), y: 'A'.repeat(43) })).toBeUndefined()
})
