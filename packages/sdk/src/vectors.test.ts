import { readFileSync } from 'node:fs'
import { generateClientKey, signAssertion, signProof, thumbprint } from '@credbroker/core/client-key'
import type { FillRandom } from '@credbroker/core/ids'
import { describe, expect, it } from 'vitest'
import { callRequest } from './call-request.ts'
import { apiError, oauthError } from './errors.ts'
import { systemIo } from './io.ts'
import type { Lease } from './lease.ts'
import { LeaseHandle } from './lease-handle.ts'
import { brokerBase } from './transport.ts'

// The Python SDK reads the same file: sdks/python/tests/test_vectors.py.
const vectors = JSON.parse(readFileSync(new URL('../../../sdks/vectors.json', import.meta.url), 'utf8'))

const bytes =
  (hex: string): FillRandom =>
  (into) => {
    into.set(Buffer.from(hex, 'hex'))
    return into
  }
const claimsOf = (jws: string) => JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString())

describe('what every SDK does alike', () => {
  it.each(vectors.thumbprints)('thumbprints of keys', ({ jwk, thumbprint: expected }) => {
    expect(thumbprint(jwk)).toBe(expected)
  })

  it.each(vectors.proofs)('proofs: $method $url', ({ method, url, token, nonce, now, random, claims }) => {
    const request = { method, url, ...(token && { accessToken: token }), ...(nonce && { nonce }) }
    expect(claimsOf(signProof(request, generateClientKey(), new Date(now), bytes(random)))).toEqual(claims)
  })

  it.each(vectors.assertions)('assertions', ({ subject, audience, now, random, claims }) => {
    const assertion = signAssertion({ subject, audience }, generateClientKey(), new Date(now), bytes(random))
    expect(claimsOf(assertion)).toEqual(claims)
  })

  it.each(vectors.urls)('the address of a broker: $given', ({ given, base }) => {
    if (base) expect(brokerBase(given)).toBe(base)
    else expect(() => brokerBase(given)).toThrow(TypeError)
  })

  it.each(vectors.paths)('the path of a call: $path', async ({ scope, path, sent }) => {
    const request = callRequest(scope, path, {})
    if (sent) expect((await request).path).toBe(sent)
    else await expect(request).rejects.toThrow(TypeError)
  })

  it.each(vectors.renewals)('when a lease is renewed: $renew', async (vector) => {
    const expiresAt = new Date(vector.expires)
    const lease = { scope: 'orders-ro', expiresAt, cappedBy: vector.capped_by } as Lease
    const io = { ...systemIo, now: () => new Date(vector.minted), random: bytes(vector.random) }
    const handle = new LeaseHandle('orders-ro', async () => lease, io)
    await handle.current()
    expect(handle.renewAt?.toISOString()).toBe(vector.renew)
  })

  it.each(vectors.errors)('errors: $error.code', ({ answer, error }) => {
    expect(apiError(answer)).toMatchObject(error)
  })

  it.each(vectors.oauth_errors)('errors of the token endpoint: $error.code', ({ status, answer, error }) => {
    expect(oauthError(status, answer)).toMatchObject(error)
  })
})
