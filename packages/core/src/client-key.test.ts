import { randomFillSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { generateClientKey, importClientKey, signAssertion, signProof, thumbprint } from './client-key.ts'
import { Secret } from './secret.ts'

const random = (bytes: Uint8Array) => randomFillSync(bytes)
const now = new Date(1_767_225_600_000)
const part = (jws: string, index: number) =>
  JSON.parse(Buffer.from(jws.split('.')[index] as string, 'base64url').toString())

describe('thumbprint', () => {
  it('gives the value of the example in RFC 8037 appendix A.3', () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'
    const expected = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'
    expect(thumbprint({ kty: 'OKP', crv: 'Ed25519', x })).toBe(expected)
  })

  it('gives the value of the key in RFC 9449 figures 2 and 12', () => {
    const x = 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs'
    const y = '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA'
    const expected = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'
    expect(thumbprint({ kty: 'EC', crv: 'P-256', x, y })).toBe(expected)
  })
})

describe('a client key', () => {
  it('comes back from its stored form as the same key', () => {
    const key = generateClientKey()
    expect(importClientKey(key.privateJwk).thumbprint).toBe(key.thumbprint)
    expect(importClientKey(key.privateJwk).publicJwk).toEqual(key.publicJwk)
  })

  it('prints nothing of its private half', () => {
    const key = generateClientKey()
    const { d } = JSON.parse(key.privateJwk.expose())
    const printed = `${inspect(key, { depth: 9, showHidden: true })}${JSON.stringify(key)}`
    expect(printed).not.toContain(d)
  })

  it.each(['', '{', '{"kty":"oct","k":"c2VjcmV0LWNhbmFyeQ"}', JSON.stringify(generateClientKey().publicJwk)])(
    'is refused without an echo when the text is %#',
    (text) => {
      const attempt = () => importClientKey(new Secret(text))
      expect(attempt).toThrow('not a private P-256 key in JWK form')
    },
  )
})

describe('a proof', () => {
  it('names method and URL without query and fragment, and hashes the token', () => {
    const request = {
      method: 'POST',
      url: 'https://b.example/v1/tasks?q=1#f',
      accessToken: 'token',
      nonce: 'n',
    }
    const claims = part(signProof(request, generateClientKey(), now, random), 1)
    expect(claims).toMatchObject({
      htm: 'POST',
      htu: 'https://b.example/v1/tasks',
      iat: 1_767_225_600,
      nonce: 'n',
    })
    expect(claims.ath).toBe('PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A')
  })

  it('carries the public key only', () => {
    const jws = signProof({ method: 'GET', url: 'https://b.example/' }, generateClientKey(), now, random)
    expect(Object.keys(part(jws, 0).jwk).sort()).toEqual(['crv', 'kty', 'x', 'y'])
  })
})

it('I3: an assertion ends after 60 seconds', () => {
  const claims = { subject: 'agent:fixer', audience: 'https://b.example' } as const
  const { iat, exp, iss, sub } = part(signAssertion(claims, generateClientKey(), now, random), 1)
  expect(exp - iat).toBe(60)
  expect([iss, sub]).toEqual(['agent:fixer', 'agent:fixer'])
})
