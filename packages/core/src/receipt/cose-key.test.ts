import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coseKey } from './cose-key.ts'

const bytesOf = (text: string | undefined) => Buffer.from(text ?? '', 'base64url')
const head = (major: number, size: number): Buffer =>
  size < 24
    ? Buffer.from([major * 32 + size])
    : size < 256
      ? Buffer.from([major * 32 + 24, size])
      : Buffer.from([major * 32 + 25, size >> 8, size & 255])
const number = (value: number) => (value < 0 ? head(1, -1 - value) : head(0, value))
const bytes = (value: Buffer) => Buffer.concat([head(2, value.length), value])
const map = (...members: readonly (readonly [number, number | Buffer])[]) =>
  Buffer.concat([
    head(5, members.length),
    ...members.flatMap(([key, value]) => [
      number(key),
      typeof value === 'number' ? number(value) : bytes(value),
    ]),
  ])

function cose(key: KeyObject): Buffer {
  const { kty, x, y, n, e } = key.export({ format: 'jwk' })
  if (kty === 'RSA') return map([1, 3], [3, -257], [-1, bytesOf(n)], [-2, bytesOf(e)])
  if (kty === 'OKP') return map([1, 1], [3, -8], [-1, 6], [-2, bytesOf(x)])
  return map([1, 2], [3, -7], [-1, 1], [-2, bytesOf(x)], [-3, bytesOf(y)])
}

describe('a key as an authenticator gives it', () => {
  it.each([
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'sha256'],
    ['Ed25519', generateKeyPairSync('ed25519'), null],
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha256'],
  ] as const)('verifies what %s signed', (_, { publicKey, privateKey }, digest) => {
    const read = coseKey(cose(publicKey))
    const data = Buffer.from('signed')
    expect(read?.digest).toBe(digest)
    expect(read && verify(read.digest, data, read.key, sign(digest, data, privateKey))).toBe(true)
  })

  it('is nothing where it is anything else, and never an error', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const good = cose(publicKey)
    expect(coseKey(Buffer.concat([good, Buffer.from([0])]))).toBeUndefined()
    expect(coseKey(good.subarray(0, -1))).toBeUndefined()
    expect(coseKey(map([1, 2], [3, -35], [-1, 2]))).toBeUndefined()
    expect(coseKey(Buffer.alloc(0))).toBeUndefined()
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => coseKey(noise) === undefined))
  })
})
