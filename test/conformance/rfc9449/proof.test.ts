import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { ProofExpectation } from '@credbroker/broker/ports/tokens'
import { signProof, thumbprint } from '@credbroker/core/client-key'
import { describe, expect, it } from 'vitest'
import {
  at,
  client,
  es256,
  forge,
  makeBroker,
  NOW,
  part,
  random,
  refused,
  stranger,
  taskToken,
} from '../token-kit.ts'

const { verifier, nonces, issuer } = makeBroker()
const url = 'https://broker.example/v1/tasks'
const accessToken = (await issuer.issue(taskToken, at())).token.expose()
const request = { method: 'POST', url }
const jkt = client.thumbprint
const bound = { ...request, accessToken, jkt }

const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: client.publicJwk }
const claims = { jti: 'a-jti-of-its-own', htm: 'POST', htu: url, iat: NOW }
const proof = (changes: object = {}, headerChanges: object = {}) =>
  forge({ ...header, ...headerChanges }, { ...claims, ...changes }, es256(client))

const verify = (
  value: ProofExpectation['header'],
  expected: Omit<ProofExpectation, 'header'> = request,
  offset = 0,
) => verifier.verifyProof({ header: value, ...expected }, at(offset))
const no = (value: ProofExpectation['header'], expected?: Omit<ProofExpectation, 'header'>) =>
  refused('invalid_dpop_proof', String(value), () => verify(value, expected))

describe('RFC 9449 §4.2: proofs of our own clients', () => {
  it('verify at the token endpoint and with a token, and name the key and what to remember', () => {
    const plain = verify(signProof(request, client, at(), random))
    expect(plain).toMatchObject({ jkt, publicJwk: client.publicJwk, issuedAt: NOW })
    const withToken = verify(signProof({ ...request, accessToken }, client, at(), random), bound)
    expect(withToken.jkt).toBe(jkt)
    expect(withToken.digest.equals(plain.digest)).toBe(false)
  })
})

describe('RFC 9449 §4.3: receiving a proof', () => {
  it('(1) not without a DPoP field, not with two, not with two joined by a comma', async () => {
    await no(undefined)
    await no([])
    await no([proof(), proof()])
    await no(`${proof()}, ${proof()}`)
    await no(`${proof()},`)
    expect(verify([proof()]).jkt).toBe(jkt)
  })

  it('(2) not when it is not one well-formed JWT', async () => {
    const [head, body, tail] = proof().split('.')
    for (const text of [
      '',
      'x',
      `${head}.${body}`,
      `${head}.${body}.`,
      `${proof()}.x`,
      `${proof()}=`,
      ` ${proof()}`,
    ])
      await no(text)
    await no(`${head}.${Buffer.from('[]').toString('base64url')}.${tail}`)
  })

  it.each(['jti', 'htm', 'htu', 'iat'])('(3) not without the claim %s', async (claim) => {
    await no(proof({ [claim]: undefined }))
    await no(proof({ [claim]: null }))
    await no(proof({ [claim]: [claims[claim as 'jti']] }))
  })

  it.each(['JWT', 'at+jwt', 'application/dpop+jwt', 'DPOP+JWT', undefined, null])(
    '(4) not with typ %j',
    async (typ) => {
      await no(proof({}, { typ }))
    },
  )

  it.each(['none', 'HS256', 'RS256', 'ES384', 'EdDSA', 'ES256K', 'es256', undefined, ['ES256']])(
    '(5) not with alg %j over a P-256 key',
    async (alg) => {
      await no(proof({}, { alg }))
    },
  )

  it('(5) Ed25519 keys are welcome, under both of their names', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.export({ format: 'jwk' }).x as string } as const
    for (const alg of ['EdDSA', 'Ed25519']) {
      const text = forge({ typ: 'dpop+jwt', alg, jwk }, claims, {
        sign: (data) => sign(null, data, privateKey),
      })
      expect(verify(text).jkt).toBe(thumbprint(jwk))
    }
  })

  it('(6) not when another key signed, or a byte of any part changed', async () => {
    await no(forge(header, claims, es256(stranger)))
    const [head, body, tail] = proof().split('.') as [string, string, string]
    const other = forge(header, { ...claims, jti: 'another-jti' }, es256(client)).split('.') as [
      string,
      string,
      string,
    ]
    await no(`${head}.${other[1]}.${tail}`)
    await no(`${head}.${body}.${other[2]}`)
  })

  it('(7) not with a private key in the header', async () => {
    await no(proof({}, { jwk: JSON.parse(client.privateJwk.expose()) }))
  })

  it('(8) not with another htm, nor the same in other letters', async () => {
    for (const htm of ['GET', 'post', 'POST ', '']) await no(proof({ htm }))
  })

  it.each([
    'https://broker.example/v1/task',
    'https://broker.example/v1/tasks/',
    'https://broker.example/V1/tasks',
    'http://broker.example/v1/tasks',
    'https://broker.example:8443/v1/tasks',
    'https://broker.example.evil.example/v1/tasks',
    'https://user@broker.example/v1/tasks',
    'https://broker.example/v1%2Ftasks',
    '/v1/tasks',
    'javascript:alert(1)',
    '',
  ])('(9) not with htu %s', async (htu) => {
    await no(proof({ htu }))
  })

  it.each([
    'HTTPS://Broker.Example/v1/tasks',
    'https://broker.example:443/v1/tasks',
    'https://broker.example/v1/./x/../tasks',
    'https://broker.example/%76%31/tasks',
    'https://broker.example/v1/tasks?q=1#f',
  ])('(9) the same URL by RFC 3986 §6.2.2 and §6.2.3: %s', (htu) => {
    expect(verify(proof({ htu })).jkt).toBe(jkt)
  })

  it('(9) the query of the request does not matter, and %2f equals %2F', () => {
    expect(verify(proof(), { method: 'POST', url: `${url}?limit=5` }).jkt).toBe(jkt)
    const escaped = 'https://broker.example/gateway/s/a%2Fb'
    expect(verify(proof({ htu: escaped.replace('%2F', '%2f') }), { method: 'POST', url: escaped }).jkt).toBe(
      jkt,
    )
  })

  it('(9) a request whose own URL we cannot read fits no proof', async () => {
    for (const own of ['', '/v1/tasks', 'ftp://broker.example/'])
      await no(proof({ htu: own }), { method: 'POST', url: own })
  })

  it('(10) a nonce of ours is accepted while it is fresh', async () => {
    const nonce = nonces.issue(at())
    expect(verify(proof({ nonce })).jkt).toBe(jkt)
    for (const other of [
      '',
      'x',
      `${nonce}x`,
      nonce.replace(/^\d+/, String(NOW + 1)),
      7,
      nonces.issue(at(61)),
      nonces.issue(at(-301)),
    ])
      await refused('use_dpop_nonce', String(other), () => verify(proof({ nonce: other })))
  })

  it('(11) not when iat is more than 60 seconds off: it asks for a nonce', async () => {
    for (const offset of [-60, 0, 60]) expect(verify(proof({ iat: NOW + offset })).jkt).toBe(jkt)
    for (const offset of [-61, 61, -86_400, 86_400])
      await refused('use_dpop_nonce', '', () => verify(proof({ iat: NOW + offset })))
  })

  it('(11) a client whose clock is wrong by a day gets through with a nonce', () => {
    expect(verify(proof({ iat: NOW + 86_400, nonce: nonces.issue(at(-5)) })).jkt).toBe(jkt)
  })

  it('(11) not when it says itself that it has ended or not begun', async () => {
    await no(proof({ exp: NOW }))
    await no(proof({ exp: 'never' }))
    await no(proof({ nbf: NOW + 61 }))
  })

  it('(12a) not without the ath of the token, nor with that of another', async () => {
    const ath = (text: string) => createHash('sha256').update(text).digest('base64url')
    expect(verify(proof({ ath: ath(accessToken) }), bound).jkt).toBe(jkt)
    await no(proof(), bound)
    await no(proof({ ath: ath(`${accessToken}x`) }), bound)
    await no(proof({ ath: createHash('sha256').update(accessToken).digest('hex') }), bound)
    await no(proof({ ath: ath(accessToken) }))
  })

  it('(12b) not with another key than the token is bound to, though the proof itself is sound', async () => {
    const stolen = signProof({ ...request, accessToken }, stranger, at(), random)
    expect(verify(stolen, { ...bound, jkt: stranger.thumbprint }).jkt).toBe(stranger.thumbprint)
    await no(stolen, bound)
  })
})

describe('RFC 9449 §11.1: replay', () => {
  const again = (changes: object, offset = 0) => verify(proof(changes), request, offset)

  it('the same proof gives the same digest, however long after; another jti or key gives another', () => {
    expect(again({}, 30).digest.equals(again({}).digest)).toBe(true)
    expect(again({ jti: 'other' }).digest.equals(again({}).digest)).toBe(false)
    const byOther = forge({ ...header, jwk: stranger.publicJwk }, claims, es256(stranger))
    expect(verify(byOther).digest.equals(again({}).digest)).toBe(false)
  })

  it('it must be remembered for as long as any replica would accept it', async () => {
    for (const iat of [NOW - 60, NOW, NOW + 60]) {
      const { rememberUntil } = again({ iat })
      const offset = rememberUntil.getTime() / 1000 - NOW
      await refused('use_dpop_nonce', '', () => again({ iat }, offset))
    }
    const nonce = nonces.issue(at())
    const { rememberUntil } = again({ nonce })
    const offset = rememberUntil.getTime() / 1000 - NOW
    await refused('use_dpop_nonce', '', () => again({ nonce }, offset))
  })

  it('§11.1: a jti too long to store, or with characters that do not print, is refused', async () => {
    expect(again({ jti: 'x'.repeat(256) }).jti).toHaveLength(256)
    for (const jti of ['', 'x'.repeat(257), 'a b', 'a\nb', 'é', 7]) await no(proof({ jti }))
  })
})

it('§4.2: the example of the RFC itself (figure 2) verifies at its own time', () => {
  const example =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19' +
    '.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ' +
    '.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg'
  const expected = { header: example, method: 'POST', url: 'https://server.example.com/token' }
  const verified = verifier.verifyProof(expected, new Date(1_562_262_616_000))
  expect(verified).toMatchObject({
    jti: '-BwC3ESc6acc2lTc',
    jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
  })
  expect(part(example, 1).htu).toBe(expected.url)
})
