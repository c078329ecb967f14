import { type PublicJwk, signAssertion } from '@credbroker/core/client-key'
import { describe, expect, it } from 'vitest'
import {
  at,
  client,
  es256,
  forge,
  ISSUER,
  makeBroker,
  NOW,
  random,
  refused,
  stranger,
  taskToken,
} from '../token-kit.ts'

const { verifier, issuer } = makeBroker()
const subject = 'agent:fixer'
const audiences = [ISSUER, `${ISSUER}/oauth/token`]
const expected = { subject, key: client.publicJwk as PublicJwk, audiences }

const header = { typ: 'client-authentication+jwt', alg: 'ES256', kid: client.thumbprint }
const claims = { iss: subject, sub: subject, aud: ISSUER, jti: 'a-jti', iat: NOW, exp: NOW + 60 }
const assertion = (changes: object = {}, headerChanges: object = {}, by = client) =>
  forge({ ...header, ...headerChanges }, { ...claims, ...changes }, es256(by))
const verify = (text: string, offset = 0, as = expected) => verifier.verifyAssertion(text, as, at(offset))
const no = (text: string, offset = 0, as = expected) =>
  refused('invalid_token', text, () => verify(text, offset, as))

describe('RFC 7523 §3: an assertion by an enrolled key', () => {
  it('of our own client verifies, for agents and users', () => {
    for (const who of ['agent:fixer', 'user:alice@example.com'] as const) {
      const text = signAssertion({ subject: who, audience: ISSUER }, client, at(), random)
      expect(verifier.claimedSubject(text)).toEqual({ subject: who, jkt: client.thumbprint })
      expect(verify(text, 0, { ...expected, subject: who })).toMatchObject({
        subject: who,
        expiresAt: NOW + 60,
      })
    }
  })

  it.each(['JWT', 'client-authentication+jwt'])('typ %s is accepted', (typ) => {
    expect(verify(assertion({}, { typ })).subject).toBe(subject)
  })

  it('no typ is accepted, as RFC 7523 knows none and OAuth libraries send none', () => {
    expect(verify(assertion({}, { typ: undefined })).subject).toBe(subject)
  })

  it.each(['at+jwt', 'dpop+jwt', 'jwt', '', null])('typ %j is refused', async (typ) => {
    await no(assertion({}, { typ }))
  })

  it('(1) iss and (2) sub must both name the owner of the key', async () => {
    await no(assertion({ iss: 'agent:other' }))
    await no(assertion({ sub: 'agent:other' }))
    await no(assertion({ iss: 'agent:other', sub: 'agent:other' }))
    await no(assertion({ iss: undefined }))
    await no(assertion({ sub: undefined }))
    await no(assertion({ iss: 'fixer', sub: 'fixer' }), 0, { ...expected, subject: 'fixer' })
  })

  it('I12: an agent key never speaks for a user of the same name', async () => {
    await no(assertion({ iss: 'user:fixer', sub: 'user:fixer' }))
  })

  it('(3) aud is the issuer or the token endpoint, and that alone', async () => {
    for (const aud of audiences) expect(verify(assertion({ aud })).subject).toBe(subject)
    for (const aud of [
      'https://evil.example',
      `${ISSUER}/`,
      [ISSUER],
      [ISSUER, 'https://evil.example'],
      [],
      '',
      undefined,
      { 0: ISSUER },
    ])
      await no(assertion({ aud }))
  })

  it('(4) exp is there, not past, at most 120 seconds after iat and from now', async () => {
    expect(verify(assertion(), 59).subject).toBe(subject)
    await no(assertion(), 60)
    await no(assertion({ exp: undefined }))
    await no(assertion({ exp: String(NOW + 60) }))
    await no(assertion({ iat: NOW, exp: NOW + 121 }))
    await no(assertion({ iat: NOW + 30, exp: NOW + 130 }))
    await no(assertion({ iat: NOW, exp: NOW }))
    await no(assertion({ iat: NOW - 3600, exp: NOW + 60 }))
  })

  it('(5) nbf, when given, has come', async () => {
    expect(verify(assertion({ nbf: NOW })).subject).toBe(subject)
    await no(assertion({ nbf: NOW + 61 }))
    await no(assertion({ nbf: 'soon' }))
  })

  it('(6) iat is there and not more than a minute ahead: clocks differ', async () => {
    expect(verify(assertion({ iat: NOW + 50, exp: NOW + 110 })).subject).toBe(subject)
    await no(assertion({ iat: NOW + 61, exp: NOW + 110 }))
    await no(assertion({ iat: undefined }))
  })

  it('(7) jti is there, and the same assertion gives the same digest to remember until it has expired', async () => {
    await no(assertion({ jti: undefined }))
    await no(assertion({ jti: 'a b' }))
    const first = verify(assertion())
    expect(verify(assertion(), 20).digest.equals(first.digest)).toBe(true)
    expect(verify(assertion({ jti: 'b' })).digest.equals(first.digest)).toBe(false)
    expect(first.rememberUntil.getTime()).toBeGreaterThanOrEqual(at(60).getTime())
  })

  it('(9) it is signed with the enrolled key that it names', async () => {
    await no(assertion({}, {}, stranger))
    await no(assertion({}, { kid: stranger.thumbprint }, stranger))
    await no(assertion({}, { kid: stranger.thumbprint }))
    await no(assertion({}, { kid: undefined }))
    const other = { ...expected, key: stranger.publicJwk }
    await no(assertion(), 0, other)
  })

  it('(10) anything malformed is refused, before and after the key was looked up', async () => {
    for (const text of ['', 'x', 'a.b.c', assertion().slice(0, -2), `${assertion()}A`]) {
      await no(text)
      await refused('invalid_token', text, () => verifier.claimedSubject(text))
    }
    for (const sub of ['fixer', 'agent:', 'agent:a b', 'root:x', `agent:${'x'.repeat(129)}`, 7, null])
      await refused('invalid_token', '', () => verifier.claimedSubject(assertion({ sub })))
  })

  it('our own access token is no assertion', async () => {
    await no((await issuer.issue(taskToken, at())).token.expose())
  })
})
