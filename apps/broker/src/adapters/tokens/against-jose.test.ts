import { randomFillSync } from 'node:crypto'
import { generateClientKey, signAssertion, signProof } from '@credbroker/core/client-key'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  EmbeddedJWK,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import { describe, expect, it } from 'vitest'
import type { SigningKeyRecord } from '../../ports/signing-keys.ts'
import { generateKek } from '../keyring/kek.ts'
import { keyfileSource } from '../keyring/keyfile.ts'
import { createKeyring } from '../keyring/keyring.ts'
import { proofNonces } from './dpop-nonce.ts'
import { accessTokenIssuer } from './issue-access-token.ts'
import { SigningKeys } from './signing-keys.ts'
import { TokenVerifier } from './verify.ts'

const random = (bytes: Uint8Array) => randomFillSync(bytes)
const source = keyfileSource('BROKER_KEYFILE', { current: generateKek(random) })
const { keyring } = await createKeyring('dep_0123456789abcdefghjkmnpqrs', source, random)
const records: SigningKeyRecord[] = []
const add = async (record: SigningKeyRecord) => void records.push(record)
const store = { list: async () => records, add, retire: async () => {} }
const keys = new SigningKeys('access-token', store, keyring.sealer)
const issuer = 'https://broker.example'
const verifier = new TokenVerifier({
  issuer,
  accessKey: (kid, now) => keys.publicKey(kid, now),
  nonces: proofNonces(keyring.macs),
})
const client = generateClientKey()
const now = new Date(1_767_225_600_000)
const request = { method: 'GET', url: `${issuer}/v1/tasks` }

describe('what we sign, jose accepts', () => {
  it('access tokens, against our JWK Set', async () => {
    const claims = {
      kind: 'user',
      subject: 'user:alice',
      clientId: 'broker-cli',
      audience: issuer,
      jkt: client.thumbprint,
    } as const
    const { token } = await accessTokenIssuer(issuer, keys, random).issue(claims, now)
    const { payload } = await jwtVerify(token.expose(), createLocalJWKSet(await keys.jwks(now)), {
      issuer,
      audience: issuer,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      currentDate: now,
      requiredClaims: ['sub', 'client_id', 'jti', 'iat', 'exp'],
    })
    expect(payload.sub).toBe('user:alice')
  })

  it('DPoP proofs', async () => {
    const proof = signProof(request, client, now, random)
    const options = { typ: 'dpop+jwt', algorithms: ['ES256'], currentDate: now }
    expect((await jwtVerify(proof, EmbeddedJWK, options)).payload['htu']).toBe(request.url)
  })

  it('assertions', async () => {
    const assertion = signAssertion({ subject: 'agent:fixer', audience: issuer }, client, now, random)
    const key = await importJWK({ ...client.publicJwk }, 'ES256')
    const { payload } = await jwtVerify(assertion, key, {
      issuer: 'agent:fixer',
      audience: issuer,
      currentDate: now,
    })
    expect(payload.exp).toBe(1_767_225_660)
  })
})

describe('what jose signs, we accept', () => {
  it.each(['ES256', 'EdDSA', 'Ed25519'])('%s proofs of its keys', async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    const jwk = await exportJWK(publicKey)
    const proof = await new SignJWT({ htm: request.method, htu: request.url, jti: 'x' })
      .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk })
      .setIssuedAt(now)
      .sign(privateKey)
    expect(verifier.verifyProof({ header: proof, ...request }, now).jkt).toBe(
      await calculateJwkThumbprint(jwk),
    )
  })

  it('assertions of an enrolled key', async () => {
    const key = await importJWK(JSON.parse(client.privateJwk.expose()), 'ES256')
    const assertion = await new SignJWT({})
      .setProtectedHeader({ typ: 'JWT', alg: 'ES256', kid: client.thumbprint })
      .setIssuer('agent:fixer')
      .setSubject('agent:fixer')
      .setAudience(issuer)
      .setJti('x')
      .setIssuedAt(now)
      .setExpirationTime(new Date(now.getTime() + 60_000))
      .sign(key)
    const expected = { subject: 'agent:fixer', key: client.publicJwk, audiences: [issuer] }
    expect(verifier.verifyAssertion(assertion, expected, now).subject).toBe('agent:fixer')
  })
})
