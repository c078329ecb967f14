import { describe, expect, it } from 'vitest'
import {
  at,
  client,
  es256,
  forge,
  GATEWAY,
  ISSUER,
  makeBroker,
  NOW,
  part,
  refused,
  stranger,
  taskToken,
} from '../token-kit.ts'

const { issuer, verifier, ownSigner, keys } = makeBroker()
const issued = await issuer.issue(taskToken, at())
const token = issued.token.expose()
const own = await ownSigner()
const header = part(token, 0)
const claims = part(token, 1)
const verify = (text: string, offset = 0, audience = GATEWAY) =>
  verifier.verifyAccessToken(text, audience, at(offset))

describe('RFC 9068 §2: what we issue', () => {
  it('§2.1: typ at+jwt, alg ES256, the kid of a published key, and nothing else', async () => {
    expect(header).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: own.kid })
    const { keys: published } = await keys.jwks(at())
    expect(published.map(({ kid }) => kid)).toContain(header.kid)
    for (const jwk of published) expect(jwk).not.toHaveProperty('d')
  })

  it('§2.2: iss, sub, aud, client_id, iat, exp and jti; act, task, env, scope and cnf.jkt', () => {
    expect(claims).toEqual({
      iss: ISSUER,
      sub: 'user:alice',
      act: { sub: 'agent:fixer' },
      aud: GATEWAY,
      client_id: 'agent:fixer',
      jti: expect.stringMatching(/^[\w-]{22}$/),
      iat: NOW,
      exp: NOW + 300,
      task: 'tsk_00000000000000000000000000',
      env: 'staging',
      scope: 'orders-ro s3-reports',
      cnf: { jkt: client.thumbprint },
    })
  })

  it('§2.2: every token has a jti of its own', async () => {
    const again = await issuer.issue(taskToken, at())
    expect(again.jti).not.toBe(issued.jti)
  })

  it('I3: lives 300 seconds, 900 at most, and never beyond its task', async () => {
    const life = async (limits: object) => (await issuer.issue(taskToken, at(), limits)).expiresAt - NOW
    expect(await life({})).toBe(300)
    expect(await life({ ttlSeconds: 900 })).toBe(900)
    expect(await life({ ttlSeconds: 86_400 })).toBe(900)
    expect(await life({ endsAt: at(40) })).toBe(40)
    expect(await life({ endsAt: at(28_800) })).toBe(300)
    await refused('task_ended', '', () => life({ endsAt: at(0) }))
    await refused('task_ended', '', () => life({ ttlSeconds: Number.NaN }))
    await refused('task_ended', '', () => life({ endsAt: new Date(Number.NaN) }))
  })

  it('I12: the three kinds come back as what they are, a task with nothing granted yet included', async () => {
    const { subject, clientId, audience, jkt } = taskToken
    const user = { kind: 'user', subject, clientId, audience, jkt } as const
    const agent = { ...user, kind: 'agent', actor: 'agent:fixer' } as const
    for (const kind of [user, agent, taskToken, { ...taskToken, scopes: [] }]) {
      const { token: text, ...times } = await issuer.issue(kind, at())
      expect(await verify(text.expose())).toEqual({ ...kind, ...times })
    }
  })
})

describe('RFC 9068 §4: what we accept', () => {
  const change = (changes: object) => forge(header, { ...claims, ...changes }, own)

  it('§4: our own token, at once and again', async () => {
    expect(await verify(token)).toMatchObject({ kind: 'task', task: claims.task, environment: 'staging' })
    expect(await verify(token)).toMatchObject({ jti: claims.jti })
  })

  it.each([
    'JWT',
    'dpop+jwt',
    'client-authentication+jwt',
    'application/at+jwt',
    'at+JWT',
    '',
    undefined,
    null,
    ['at+jwt'],
  ])('§4: not with typ %j', async (typ) => {
    const text = forge({ ...header, typ }, claims, own)
    await refused('invalid_token', text, () => verify(text))
  })

  it.each(['https://broker.example/', 'https://evil.example', '', undefined, [ISSUER]])(
    '§4: not from issuer %j',
    async (iss) => {
      await refused('invalid_token', '', () => verify(change({ iss })))
    },
  )

  it.each([
    ['another', 'https://broker.example'],
    ['two', [GATEWAY, 'https://other.example']],
    ['a list of ours alone, which we never issue', [GATEWAY]],
    ['no', undefined],
    ['an empty', ''],
  ])('§4, RFC 8707 §2: not for %s audience', async (_name, aud) => {
    await refused('invalid_token', '', () => verify(change({ aud })))
  })

  it('§4: not for another audience when it is already known from its own', async () => {
    await verify(token)
    await refused('invalid_token', token, () => verify(token, 0, ISSUER))
  })

  it('§4: not signed by anybody else, whatever kid it names', async () => {
    for (const kid of [own.kid, stranger.thumbprint, '../../etc/passwd', "' OR 1=1 --", '', 7]) {
      const text = forge({ ...header, kid }, claims, es256(stranger))
      await refused('invalid_token', text, () => verify(text))
    }
  })

  it('§4: not from the second it expires, known or not', async () => {
    const fresh = (await issuer.issue(taskToken, at())).token.expose()
    expect(await verify(token, 299)).toBeDefined()
    await refused('invalid_token', token, () => verify(token, 300))
    await refused('invalid_token', fresh, () => verify(fresh, 300))
  })

  it('I3: not when it would live longer than 900 seconds, even when we signed it', async () => {
    await refused('invalid_token', '', () => verify(change({ exp: NOW + 901 })))
  })

  it.each<[string, object]>([
    ['no exp', { exp: undefined }],
    ['an exp of text', { exp: String(NOW + 300) }],
    ['an exp in fractions', { exp: NOW + 0.5 }],
    ['an infinite exp', { exp: 1e300 }],
    ['no iat', { iat: undefined }],
    ['an iat after its exp', { iat: NOW + 301 }],
    ['an iat more than a minute ahead', { iat: NOW + 61, exp: NOW + 120 }],
    ['no jti', { jti: undefined }],
    ['no client_id', { client_id: undefined }],
    ['no sub', { sub: undefined }],
    ['an agent as the accountable sub (I11)', { sub: 'agent:fixer' }],
    ['no cnf (RFC 9449 §6)', { cnf: undefined }],
    ['a cnf of another kind', { cnf: { 'x5t#S256': 'x' } }],
    ['a cnf with two keys', { cnf: { jkt: client.thumbprint, jwk: {} } }],
    ['a user who acts (I12)', { act: { sub: 'user:bob' } }],
    ['a task without an agent', { act: undefined }],
    ['a task without an environment (I2)', { env: undefined }],
    ['an empty scope', { scope: '' }],
    ['a scope that is a list', { scope: ['orders-ro'] }],
    ['a scope without a task', { task: undefined, env: undefined }],
    ['an environment without a task', { task: undefined }],
    ['an empty environment', { env: '' }],
  ])('§4: not with %s', async (_name, changes) => {
    await refused('invalid_token', '', () => verify(change(changes)))
  })
})

describe('RFC 9068 §4: keys', () => {
  it('rotation: the old token verifies on, the new key is published before it signs', async () => {
    const broker = makeBroker()
    const before = (await broker.issuer.issue(taskToken, at())).token.expose()
    const next = await broker.keys.rotate(at(), () => ({ record: '', leaf: Buffer.alloc(0) }))
    expect((await broker.keys.jwks(at())).keys.map(({ kid }) => kid)).toContain(next.kid)
    expect((await broker.keys.current(at(599))).kid).toBe(part(before, 0).kid)
    expect((await broker.keys.current(at(600))).kid).toBe(next.kid)
    expect(await broker.verifier.verifyAccessToken(before, GATEWAY, at(299))).toBeDefined()
  })

  it('a retired key ends every token it signed, also those already known', async () => {
    const broker = makeBroker()
    const text = (await broker.issuer.issue(taskToken, at())).token.expose()
    await broker.verifier.verifyAccessToken(text, GATEWAY, at())
    await broker.keys.retire(part(text, 0).kid, at())
    await refused('invalid_token', text, () => broker.verifier.verifyAccessToken(text, GATEWAY, at()))
    expect((await broker.keys.jwks(at())).keys).toEqual([])
  })
})
