import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type IdentityProvider, startIdentityProvider } from '../harness/identity-provider.ts'
import { ask, pagesOf } from '../harness/person.ts'
import type { Answer } from '../security/wire.ts'
import { type House, startHouse } from './house.ts'

vi.setConfig({ testTimeout: 60_000 })

let house: House
let idp: IdentityProvider
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'credbroker-sso-'))
  const file = join(directory, 'secret')
  house = await startHouse()
  idp = await startIdentityProvider(`${pagesOf(house.broker)}/sso/callback`)
  await writeFile(file, `${idp.clientSecret}\n`, { mode: 0o600 })
  await house.broker.restart({
    BROKER_SSO_ISSUER: idp.issuer,
    BROKER_SSO_CLIENT_ID: idp.clientId,
    BROKER_SSO_CLIENT_SECRET_FILE: file,
    BROKER_SSO_GROUPS: 'platform-admins=admin, staff=viewer, oncall=operator+viewer',
  })
}, 120_000)
afterAll(async () => {
  await house?.stop()
  await idp?.stop()
  await rm(directory, { recursive: true, force: true })
})

/** What one browser window keeps of a sign-in that it began. */
interface Window {
  readonly secret: string
  readonly url: string
}

async function begin(): Promise<Window> {
  const secret = randomBytes(32).toString('base64url')
  const binding = createHash('sha256').update(secret).digest('base64url')
  const { body } = await ask(house.broker, { path: '/v1/sessions/sso/start', body: { binding } })
  return { secret, url: body['url'] as string }
}

const finish = (query: string, secret: string): Promise<Answer> =>
  ask(house.broker, { path: '/v1/sessions/sso', body: { query, secret } })

async function signIn(who: IdentityProvider['who']): Promise<Answer> {
  idp.who = who
  const { secret, url } = await begin()
  return await finish((await idp.signIn(url)).search.slice(1), secret)
}

const lin = { sub: 'lin-1', username: 'lin@example.com', groups: ['staff', 'unknown'] }
const whoami = (answer: Answer) =>
  ask(house.broker, { method: 'GET', path: '/v1/whoami', token: answer.body['token'] as string })

describe('single sign-on', () => {
  it('asks by code, PKCE S256, state and nonce, and names exactly our page', async () => {
    const { searchParams } = new URL((await begin()).url)
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${pagesOf(house.broker)}/sso/callback`,
      state: expect.stringMatching(/^.{74}$/),
      nonce: expect.stringMatching(/^.{43}$/),
    })
  })

  it('makes a person by issuer and subject, with the roles of their groups and a name of nobody else', async () => {
    const answer = await signIn(lin)
    const me = await whoami(answer)
    expect(me.body).toMatchObject({ roles: ['viewer'], session: { method: 'sso', stepped_up: false } })
    expect(me.body['principal']).toMatch(/^user:lin-[0-9a-f]{8}$/)
    const again = await whoami(await signIn({ ...lin, username: 'renamed', groups: ['oncall'] }))
    expect(again.body).toMatchObject({ principal: me.body['principal'], roles: ['viewer', 'operator'] })
  })

  it('somebody who is called like a user here is not that user', async () => {
    const me = await whoami(await signIn({ sub: 'other', username: 'admin', groups: ['staff'] }))
    expect(me.body['principal']).toMatch(/^user:admin-[0-9a-f]{8}$/)
    expect(me.body['roles']).toEqual(['viewer'])
  })

  it('is no passkey: what is dangerous asks for one, the first passkey included', async () => {
    const boss = (await signIn({ sub: 'boss', username: 'boss', groups: ['platform-admins'] })).body[
      'token'
    ] as string
    for (const [path, body] of [
      ['/v1/passkeys/options'],
      ['/v1/recovery-codes'],
      ['/v1/users/noa/invitations'],
      ['/v1/unfreeze', { all: true }],
      ['/v1/keys/rotate', { purpose: 'access-token' }],
      ['/v1/apply', { config: { version: 1 } }],
    ] as const)
      expect(await ask(house.broker, { path, token: boss, body }), path).toMatchObject({
        status: 403,
        code: 'step_up_required',
      })
    expect(
      (await ask(house.broker, { path: '/v1/freeze', token: boss, body: { agent: 'fixer' } })).status,
    ).toBe(200)
  })

  it('without a group that is named here nobody comes in; whoever loses them all is signed out', async () => {
    const [before] = await house.sql('SELECT count(*)::int AS n FROM users')
    const stranger = await signIn({ sub: 'x', username: 'x', groups: ['unknown'] })
    expect(stranger).toMatchObject({ status: 403, code: 'forbidden' })
    const [after] = await house.sql('SELECT count(*)::int AS n FROM users')
    expect(after).toEqual(before)
    const session = await signIn(lin)
    expect((await signIn({ ...lin, groups: [] })).code).toBe('forbidden')
    expect((await whoami(session)).status).toBe(401)
  })

  it('an answer that another window is given signs nobody in (login CSRF)', async () => {
    idp.who = lin
    const [attacker, victim] = [await begin(), await begin()]
    const { search } = await idp.signIn(attacker.url)
    expect(await finish(search.slice(1), victim.secret)).toMatchObject({ status: 401, code: 'sso_failed' })
  })

  it('an answer counts once, and with its own state, code and issuer only', async () => {
    idp.who = lin
    const { secret, url } = await begin()
    const { search } = await idp.signIn(url)
    expect((await finish(search.slice(1), secret)).status).toBe(201)
    expect((await finish(search.slice(1), secret)).code).toBe('sso_failed')
    for (const [name, value] of [
      ['iss', 'https://evil.example'],
      ['code', 'x'],
      ['state', 'x'.repeat(74)],
      ['iss', null],
      ['response', 'a.b.c'],
    ] as const) {
      const mine = await begin()
      const query = (await idp.signIn(mine.url)).searchParams
      if (value === null) query.delete(name)
      else query.set(name, value)
      const answer = await finish(query.toString(), mine.secret)
      expect(answer, name).toMatchObject({ status: 401, code: 'sso_failed' })
      expect(answer.text).not.toContain('evil')
    }
  })

  it('a code of one sign-in does not fit the state of another (PKCE)', async () => {
    idp.who = lin
    const [one, two] = [await begin(), await begin()]
    const [first, second] = [await idp.signIn(one.url), await idp.signIn(two.url)]
    second.searchParams.set('code', first.searchParams.get('code') ?? '')
    expect((await finish(second.search.slice(1), two.secret)).code).toBe('sso_failed')
  })

  it('the provider sends nobody anywhere but to our page (redirect tricks)', async () => {
    const { url } = await begin()
    for (const trick of [
      'https://evil.example/',
      '//evil.example',
      `${pagesOf(house.broker)}/sso/callback/../x`,
    ]) {
      const changed = new URL(url)
      changed.searchParams.set('redirect_uri', trick)
      await expect(idp.signIn(changed.href)).rejects.toThrow('400')
    }
  })

  it('a link to somebody else, made by hand, is noticed (I13)', async () => {
    await signIn(lin)
    await house.sql(
      `UPDATE sso_links SET body = jsonb_set(body, '{user}', '"admin"') WHERE subject = 'lin-1'`,
    )
    expect((await signIn(lin)).code).toBe('tampered')
    await house.sql(`DELETE FROM sso_links WHERE subject = 'lin-1'`)
    expect((await signIn(lin)).status).toBe(201)
  })

  it('a provider that does not answer lets nobody in, and says nothing of why', async () => {
    const { secret, url } = await begin()
    const { search } = await idp.signIn(url)
    await idp.stop()
    expect(await finish(search.slice(1), secret)).toMatchObject({ status: 401, code: 'sso_failed' })
  })
})
