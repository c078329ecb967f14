import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { SoftPasskey, type Twist } from '../harness/passkey.ts'
import {
  ask,
  type Person,
  pagesOf,
  person,
  setUp,
  setupToken,
  signedIn,
  signIn,
  stepUp,
} from '../harness/person.ts'
import { auditHas } from '../security/audit.ts'
import { proofFor, send, tokenOf } from '../security/wire.ts'
import { type House, startHouse } from './house.ts'

vi.setConfig({ testTimeout: 60_000 })

let house: House
let admin: Person
let mia: Person
beforeAll(async () => {
  house = await startHouse()
  admin = await person(house.broker, 'admin', new SoftPasskey(pagesOf(house.broker), 1))
  mia = await person(house.broker, 'mia')
}, 120_000)
afterAll(() => house?.stop())

const get = (path: string, token: string) => ask(house.broker, { method: 'GET', path, token })
const whoami = (token: string) => get('/v1/whoami', token)

describe('a setup link', () => {
  it('makes a passkey, ten codes and a session; the invitation is remembered with both', async () => {
    expect(admin.codes).toHaveLength(10)
    expect(new Set(admin.codes).size).toBe(10)
    for (const code of admin.codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{5}-){3}[0-9a-hjkmnp-tv-z]{5}$/)
    const me = await whoami(mia.token)
    expect(me.body).toMatchObject({
      principal: 'user:mia',
      roles: ['operator'],
      session: { method: 'passkey' },
    })
    const { body } = await get('/v1/passkeys', mia.token)
    expect(body['items']).toMatchObject([{ user: 'mia', invited_by: 'user:admin', tampered: false }])
    const user = await house.broker.admin.request({ method: 'GET', path: '/v1/users/mia' })
    expect(user).toMatchObject({ invited_by: 'user:admin' })
  })

  it('works once: used again, what the first use made is removed, whoever that was', async () => {
    const code = await setupToken(house.broker, 'noa')
    const first = await setUp(house.broker, code)
    expect(first.answer.status).toBe(201)
    const session = first.answer.body['token'] as string
    expect((await whoami(session)).status).toBe(200)
    const second = await setUp(house.broker, code)
    expect(second.answer).toMatchObject({ status: 401, code: 'enrolment_invalid' })
    expect((await whoami(session)).status).toBe(401)
    expect((await signIn({ broker: house.broker, passkey: first.passkey })).code).toBe('passkey_invalid')
    const [codes] = await house.sql(`SELECT count(*)::int AS n FROM recovery_codes WHERE user_name = 'noa'`)
    expect(codes?.['n']).toBe(0)
  })

  it('used for a key at the command line is used for a passkey too, and the reverse', async () => {
    const code = await setupToken(house.broker, 'eve')
    expect((await house.broker.cli(['enroll', '--profile', 'eve'], { stdin: code })).code).toBe(0)
    const eve = await house.broker.identity('eve')
    await eve.client.request({ method: 'GET', path: '/v1/whoami' })
    expect((await setUp(house.broker, code)).answer.code).toBe('enrolment_invalid')
    await expect(eve.client.request({ method: 'GET', path: '/v1/users' })).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    const other = await setupToken(house.broker, 'eve')
    const { answer, passkey } = await setUp(house.broker, other)
    expect(answer.status).toBe(201)
    expect((await house.broker.cli(['enroll', '--profile', 'eve2'], { stdin: other })).code).not.toBe(0)
    expect((await signIn({ broker: house.broker, passkey })).code).toBe('passkey_invalid')
  })

  it('of one user registers nothing for another, and an agent’s token nothing at all', async () => {
    const { broker } = house
    const [hers, his] = [await setupToken(broker, 'noa'), await setupToken(broker, 'eve')]
    const passkey = new SoftPasskey(pagesOf(broker))
    const { body } = await ask(broker, { path: '/v1/setup/options', body: { token: hers } })
    const response = passkey.register(body['options'] as object)
    const crossed = await ask(broker, { path: '/v1/setup', body: { token: his, name: 'x', response } })
    expect(crossed.code).toBe('passkey_invalid')
    const { token } = await broker.admin.request<{ token: string }>({
      method: 'POST',
      path: '/v1/agents/fixer/invitations',
    })
    expect((await setUp(broker, token)).answer.code).toBe('enrolment_invalid')
  })

  it.each<[string, Twist]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['the address in place of the name', { origin: 'http://127.0.0.1:4747' }],
    ['another relying party', { rpId: 'evil.example' }],
    ['an authenticator that did not verify its user', { userVerified: false }],
    ['nobody present', { userPresent: false }],
    ['a challenge of nobody', { challenge: Buffer.from('x'.repeat(74)).toString('base64url') }],
    ['an assertion in place of a registration', { type: 'webauthn.get' }],
  ])('refuses %s', async (_what, twist) => {
    const { answer } = await setUp(house.broker, await setupToken(house.broker, 'noa'), { twist })
    expect(answer).toMatchObject({ status: 401, code: 'passkey_invalid' })
    expect(answer.text).not.toContain('evil')
  })
})

describe('signing in with a passkey', () => {
  it('needs no name: whoever asks for options learns nothing about who is here (enumeration)', async () => {
    const first = await ask(house.broker, { path: '/v1/sessions/options' })
    const second = await ask(house.broker, { path: '/v1/sessions/options' })
    expect(first.body['allowCredentials']).toEqual([])
    expect(first.body['userVerification']).toBe('required')
    expect({ ...first.body, challenge: '' }).toEqual({ ...second.body, challenge: '' })
    const named = await ask(house.broker, { path: '/v1/sessions/options', body: { user: 'mia' } })
    expect({ ...named.body, challenge: '' }).toEqual({ ...first.body, challenge: '' })
    // A passkey that nobody knows and one that lies get the same no.
    const stranger = new SoftPasskey(pagesOf(house.broker))
    const unknown = await signIn({ broker: house.broker, passkey: stranger })
    const forged = await signIn(mia, { forged: true })
    const told = ({ status, body }: typeof unknown) => ({ status, ...body, request_id: '' })
    expect(told(unknown)).toEqual(told(forged))
  })

  it.each<[string, Twist]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['another relying party', { rpId: 'evil.example' }],
    ['an authenticator that did not verify its user', { userVerified: false }],
    ['nobody present', { userPresent: false }],
    ['another key', { forged: true }],
    ['a registration in place of an assertion', { type: 'webauthn.create' }],
    ['the handle of another user', { userHandle: Buffer.alloc(32, 7).toString('base64url') }],
    ['a challenge of its own', { challenge: Buffer.from('y'.repeat(74)).toString('base64url') }],
  ])('refuses %s', async (_what, twist) => {
    expect(await signIn(mia, twist)).toMatchObject({ status: 401, code: 'passkey_invalid' })
  })

  it('takes a challenge once, however many answers come at the same time (replay)', async () => {
    const { body } = await ask(house.broker, { path: '/v1/sessions/options' })
    const response = mia.passkey.assert(body)
    const answers = await Promise.all(
      [1, 2, 3].map(() => ask(house.broker, { path: '/v1/sessions', body: { response } })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401])
  })

  it('takes no challenge of another purpose, nor of another session', async () => {
    const [mine, other] = [await signedIn(mia), await signedIn(mia)]
    const forStepUp = await ask(house.broker, { path: '/v1/passkeys/assertion/options', token: mine })
    const asSignIn = { response: mia.passkey.assert(forStepUp.body) }
    expect((await ask(house.broker, { path: '/v1/sessions', body: asSignIn })).code).toBe('passkey_invalid')
    const again = await ask(house.broker, { path: '/v1/passkeys/assertion/options', token: mine })
    const elsewhere = { response: mia.passkey.assert(again.body) }
    const path = '/v1/passkeys/assertion/verify'
    expect((await ask(house.broker, { path, token: other, body: elsewhere })).code).toBe('passkey_invalid')
    const forSignIn = await ask(house.broker, { path: '/v1/sessions/options' })
    const asStepUp = { response: mia.passkey.assert(forSignIn.body) }
    expect((await ask(house.broker, { path, token: mine, body: asStepUp })).code).toBe('passkey_invalid')
  })

  it('a passkey of somebody else confirms nothing in this session', async () => {
    const token = await signedIn(mia)
    const answer = await stepUp({ broker: house.broker, passkey: admin.passkey }, token)
    expect(answer.code).toBe('passkey_invalid')
  })

  it('a counter that went back is a copied passkey: refused, and told', async () => {
    await signedIn(admin)
    expect((await signIn(admin, { counter: 1 })).code).toBe('passkey_invalid')
    await auditHas(
      house.broker,
      ({ type, facts, ...entry }) =>
        type === 'passkey.refused' &&
        String(facts?.['name']).startsWith('psk_') &&
        entry.code === 'passkey_invalid',
    )
    await vi.waitUntil(() => house.broker.log().includes('the counter of a passkey went back'), 20_000)
    await signedIn(admin)
  })
})

describe('a session', () => {
  it('is no access token, and an access token is no session (downgrade)', async () => {
    const session = await signedIn(mia)
    const { key } = await house.broker.identity('default')
    const asDpop = await send(house.broker, { path: '/v1/whoami', token: session, key })
    expect(asDpop).toMatchObject({ status: 401, code: 'invalid_token' })
    const token = await tokenOf(house.broker, await house.broker.identity('default'))
    for (const proof of [null, proofFor(house.broker, key, { path: '/v1/whoami', token })]) {
      const bearer = await send(house.broker, { path: '/v1/whoami', token, scheme: 'Bearer', proof })
      expect(bearer).toMatchObject({ status: 401, code: 'invalid_token' })
    }
  })

  it('starts no task and mints nothing; an agent is nobody at the console (I12)', async () => {
    const session = await signedIn(admin)
    const task = { environment: 'staging', purpose: 'x', scopes: ['any'] }
    expect((await ask(house.broker, { path: '/v1/tasks', token: session, body: task })).code).toBe(
      'forbidden',
    )
    const mint = { path: '/v1/credentials', token: session, body: { scope: 'any' } }
    expect((await ask(house.broker, mint)).code).toBe('forbidden')
    const fixer = await house.broker.enrolAgent('fixer')
    for (const path of ['/v1/sessions', '/v1/passkeys'])
      await expect(fixer.client.request({ method: 'GET', path })).rejects.toMatchObject({ code: 'forbidden' })
    for (const path of ['/v1/passkeys/options', '/v1/passkeys/assertion/options', '/v1/recovery-codes'])
      await expect(fixer.client.request({ method: 'POST', path })).rejects.toMatchObject({
        code: 'forbidden',
      })
  })

  it('of an administrator’s key adds no passkey: only a person at the console does', async () => {
    for (const path of ['/v1/passkeys/options', '/v1/recovery-codes', '/v1/passkeys/assertion/options'])
      await expect(house.broker.admin.request({ method: 'POST', path })).rejects.toMatchObject({
        code: 'step_up_required',
      })
  })

  it('has its person’s roles as they are now, and ends by signing out', async () => {
    const session = await signedIn(mia)
    expect((await get('/v1/users', session)).status).toBe(200)
    expect(
      (await ask(house.broker, { path: '/v1/unfreeze', token: session, body: { all: true } })).code,
    ).toBe('forbidden')
    const out = await ask(house.broker, { method: 'DELETE', path: '/v1/sessions/current', token: session })
    expect(out.status).toBe(200)
    expect(await whoami(session)).toMatchObject({ status: 401, code: 'unauthenticated' })
  })

  it('is listed to its person; an admin ends anybody’s, others only their own', async () => {
    const [hers, boss] = [await signedIn(mia), await signedIn(admin)]
    const own = (await get('/v1/sessions', hers)).body['items'] as {
      id: string
      user: string
      current: boolean
    }[]
    expect(own.every(({ user }) => user === 'mia')).toBe(true)
    const current = own.find((one) => one.current)
    expect((await get('/v1/sessions?all=true', hers)).code).toBe('forbidden')
    const all = (await get('/v1/sessions?all=true', boss)).body['items'] as { id: string; user: string }[]
    const bosses = all.find(({ user }) => user === 'admin')
    const end = (id: string | undefined, token: string) =>
      ask(house.broker, { method: 'DELETE', path: `/v1/sessions/${id}`, token })
    expect((await end(bosses?.id, hers)).code).toBe('not_found')
    expect((await end(current?.id, boss)).status).toBe(200)
    expect((await whoami(hers)).status).toBe(401)
  })
})

describe('a passkey of one’s own', () => {
  const path = '/v1/passkeys'

  it('may be one of several; removing one ends the sessions that it began, and no other', async () => {
    const session = await signedIn(mia)
    const second = new SoftPasskey(pagesOf(house.broker))
    const { body: options } = await ask(house.broker, { path: `${path}/options`, token: session })
    expect(options['excludeCredentials']).toMatchObject([{ id: mia.passkey.id }])
    const order = { path, token: session, body: { name: 'Phone', response: second.register(options) } }
    const added = await ask(house.broker, order)
    expect(added.body).toMatchObject({ user: 'mia', name: 'Phone' })
    expect((await ask(house.broker, order)).code).toBe('passkey_invalid')
    const bySecond = await signedIn({ broker: house.broker, passkey: second })
    const removed = { method: 'DELETE', path: `${path}/${added.body['id']}`, token: session }
    expect((await ask(house.broker, removed)).status).toBe(200)
    expect((await whoami(bySecond)).status).toBe(401)
    expect((await whoami(session)).status).toBe(200)
    expect((await signIn({ broker: house.broker, passkey: second })).code).toBe('passkey_invalid')
  })

  it('is not taken away by others, nor the last one that administers', async () => {
    const [hers, boss] = [await signedIn(mia), await signedIn(admin)]
    const [own] = (await get(path, boss)).body['items'] as { id: string }[]
    const remove = (token: string) =>
      ask(house.broker, { method: 'DELETE', path: `${path}/${own?.id}`, token })
    expect((await remove(hers)).code).toBe('not_found')
    expect((await remove(boss)).code).toBe('conflict')
  })
})
