import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Issuer } from '../../domain/config.ts'
import { ForeignTokens } from './foreign-tokens.ts'
import { IssuerKeys } from './issuer-keys.ts'

const AUDIENCE = 'https://broker.example'
const NOW = new Date('2026-11-22T12:00:00Z')
const at = Math.floor(NOW.getTime() / 1000)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwkOf = (key: KeyObject, more: object = {}) => ({ ...key.export({ format: 'jwk' }), ...more })
const published = [
  jwkOf(rsa.publicKey, { kid: 'rsa', use: 'sig', alg: 'RS256' }),
  jwkOf(ec.publicKey, { kid: 'ec' }),
  jwkOf(rsa.publicKey, { kid: 'for-encryption', use: 'enc' }),
  jwkOf(rsa.publicKey, { kid: 'twice' }),
  jwkOf(stranger.publicKey, { kid: 'twice' }),
  jwkOf(rsa.publicKey, { kid: 'svid', use: 'jwt-svid' }),
  jwkOf(rsa.privateKey, { kid: 'private' }),
  { kty: 'oct', k: 'c2VjcmV0', kid: 'symmetric' },
]
const issuer: Issuer = {
  name: 'ci',
  source: 'files',
  disabled: false,
  url: 'https://ci.example',
  profile: 'github-actions',
  jwks: { keys: published as Readonly<Record<string, string>>[] },
  algorithms: ['RS256', 'ES256'],
}
const tokens = new ForeignTokens(
  new IssuerKeys(async () => expect.unreachable('the keys are in the configuration')),
)

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const claims = (more: object = {}) => ({
  iss: issuer.url,
  sub: 'repo:o/r:ref:refs/heads/main',
  aud: AUDIENCE,
  jti: 'one',
  iat: at,
  exp: at + 300,
  ...more,
})
const header = (more: object = {}) => ({ typ: 'JWT', alg: 'RS256', kid: 'rsa', ...more })
function token(head: unknown, payload: unknown, key: KeyObject = rsa.privateKey): string {
  const signed = `${part(head)}.${part(payload)}`
  const dsaEncoding = 'ieee-p1363'
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding }).toString('base64url')}`
}
const verify = (text: string, more: Partial<Issuer> = {}) =>
  tokens.verifyWorkloadToken(text, { ...issuer, ...more }, AUDIENCE, NOW)
const refused = async (text: string, more: Partial<Issuer> = {}) => {
  const error = await verify(text, more).then(
    () => expect.unreachable('it was accepted'),
    (thrown) => thrown,
  )
  expect(error).toMatchObject({ code: 'invalid_token' })
  for (const piece of text.split('.')) if (piece.length > 8) expect(error.stack).not.toContain(piece)
}

describe('a token of a platform', () => {
  it('is accepted, once, until its end', async () => {
    const { claims: read, expiresAt, use } = await verify(token(header(), claims()))
    expect(read).toEqual(claims())
    expect(expiresAt).toEqual(new Date((at + 300) * 1000))
    expect(use.rememberUntil.getTime()).toBeGreaterThan(expiresAt.getTime())
  })

  it.each<[string, object, object, Partial<Issuer>]>([
    ['by an EC key', { alg: 'ES256', kid: 'ec' }, {}, {}],
    ['without typ', { typ: undefined }, {}, {}],
    ['with the x5t that GitHub sends', { x5t: 'abc' }, {}, {}],
    ['whose only audience is in a list', {}, { aud: [AUDIENCE] }, {}],
    ['of SPIFFE, type JOSE, key for SVIDs', { typ: 'JOSE', kid: 'svid' }, {}, { profile: 'spiffe' }],
    ['from a clock a minute ahead', {}, { iat: at + 59, nbf: at + 59 }, {}],
  ])('%s is accepted', async (_, head, payload, more) => {
    const key = (head as { kid?: string }).kid === 'ec' ? ec.privateKey : rsa.privateKey
    await expect(verify(token(header(head), claims(payload), key), more)).resolves.toBeDefined()
  })

  it('alg none is refused', async () => {
    await refused(`${part(header({ alg: 'none' }))}.${part(claims())}.`)
    await refused(`${part({ alg: 'none' })}.${part(claims())}.`)
    await refused(token(header({ alg: 'none' }), claims()))
  })

  it('HS256 with the public key as its secret is refused', async () => {
    const signed = `${part(header({ alg: 'HS256' }))}.${part(claims())}`
    for (const secret of [
      rsa.publicKey.export({ format: 'pem', type: 'spki' }),
      rsa.publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(published[0]),
    ])
      await refused(`${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`)
  })

  it.each<[string, object]>([
    ['jwk', { jwk: jwkOf(stranger.publicKey) }],
    ['jku', { jku: 'https://evil.example/keys' }],
    ['x5u', { x5u: 'https://evil.example/chain' }],
    ['x5c', { x5c: ['MII'] }],
    ['crit', { crit: ['b64'], b64: false }],
    ['an unknown member', { zip: 'DEF' }],
  ])('that brings its own key, or rules, by %s is refused', async (_, more) => {
    await refused(token(header(more), claims(), stranger.privateKey))
    await refused(token(header(more), claims()))
  })

  it.each([
    ['nobody has', 'unknown'],
    ['is for encryption', 'for-encryption'],
    ['two keys have', 'twice'],
    ['is of a private key', 'private'],
    ['is of a symmetric key', 'symmetric'],
    ['is an inherited name', '__proto__'],
    ['is a path', '../../keys/rsa'],
  ])('whose kid %s is refused', async (_, kid) => refused(token(header({ kid }), claims())))

  it('without kid is refused, whoever signed it', async () => {
    await refused(token({ typ: 'JWT', alg: 'RS256' }, claims()))
    await refused(token(header({ kid: ['rsa'] }), claims()))
  })

  it('of another signer under the published kid is refused', async () => {
    await refused(token(header(), claims(), stranger.privateKey))
  })

  it('is verified by an algorithm that its key and our configuration allow, whatever its header says', async () => {
    await refused(token(header(), claims()), { algorithms: ['ES256'] })
    await refused(token(header({ alg: 'PS256' }), claims()), { algorithms: ['RS256', 'PS256'] })
    await refused(token(header({ alg: 'ES256' }), claims()))
    await refused(token(header({ alg: 'RS256', kid: 'ec' }), claims(), ec.privateKey))
  })

  it('by a key that is too small is refused', async () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const keys = [jwkOf(small.publicKey, { kid: 'rsa' })] as Readonly<Record<string, string>>[]
    await refused(token(header(), claims(), small.privateKey), { jwks: { keys } })
  })

  it.each(['at+jwt', 'dpop+jwt', 'client-authentication+jwt', 'logout+jwt', 'JOSE', 'jwt', 1])(
    'of type %s is refused',
    async (typ) => refused(token(header({ typ }), claims())),
  )

  it.each<[string, object]>([
    ['without audience', { aud: undefined }],
    ['for two audiences, one of them this', { aud: [AUDIENCE, 'https://other.example'] }],
    ['for nobody', { aud: [] }],
    ['for another', { aud: 'https://other.example' }],
    ['for the default of its platform', { aud: 'https://github.com/octo-org' }],
    ['for a part of this', { aud: `${AUDIENCE}/` }],
    ['for this in other letters', { aud: AUDIENCE.toUpperCase() }],
    ['of another issuer', { iss: 'https://ci.example/' }],
    ['of an issuer that is a list', { iss: [issuer.url] }],
    ['without subject', { sub: undefined }],
    ['without end, as legacy tokens of Kubernetes are', { exp: undefined }],
    ['whose end is text', { exp: String(at + 300) }],
    ['past its end', { exp: at }],
    ['that lives for more than an hour', { exp: at + 3700 }],
    ['that lives for a year', { exp: at + 31_536_000 }],
    ['before its time', { nbf: at + 120 }],
    ['from the future', { iat: at + 120 }],
  ])('%s is refused', async (_, more) => refused(token(header(), claims(more))))

  it('that names a member twice is refused', async () => {
    const twice = `{"aud":"https://other.example",${JSON.stringify(claims()).slice(1)}`
    await refused(token(header(), twice))
    await refused(token(`{"kid":"ec",${JSON.stringify(header()).slice(1)}`, claims()))
  })

  it.each(['', '.', '..', 'a.b.c', 'e30.e30.', `${'x'.repeat(9000)}.e30.e30`])(
    'that is none is refused: %#',
    async (text) => {
      expect(tokens.claimedIssuer(text)).toBeUndefined()
      await refused(text)
    },
  )

  it('without jti is remembered by what was signed, whatever other text its signature has', async () => {
    const jti = { jti: undefined }
    const one = token(header({ alg: 'ES256', kid: 'ec' }), claims(jti), ec.privateKey)
    const [head, payload, signature = ''] = one.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const other = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    const s = Buffer.from(other.toString(16).padStart(64, '0'), 'hex')
    const twin = `${head}.${payload}.${Buffer.concat([bytes.subarray(0, 32), s]).toString('base64url')}`
    expect(twin).not.toBe(one)
    expect((await verify(twin)).use.digest).toEqual((await verify(one)).use.digest)
  })

  it('with the same jti of another issuer is another token', async () => {
    const url = 'https://other.example'
    const [one, other] = [
      await verify(token(header(), claims())),
      await verify(token(header(), claims({ iss: url })), { url }),
    ]
    expect(one.use.digest).not.toEqual(other.use.digest)
  })
})

it('what a token claims as its issuer is a URL, or the token is no foreign one', () => {
  expect(tokens.claimedIssuer(token(header(), claims()))).toBe(issuer.url)
  for (const iss of ['agent:fixer', 'user:mia', 7, undefined, ['https://ci.example']])
    expect(tokens.claimedIssuer(token(header(), claims({ iss })))).toBeUndefined()
})
