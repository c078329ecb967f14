import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Approver } from '../harness/approver.ts'
import { SoftPasskey } from '../harness/passkey.ts'
import { ask, type Person, pagesOf, person, signedIn, signIn, stepUp } from '../harness/person.ts'
import { auditHas } from '../security/audit.ts'
import { type House, startHouse } from './house.ts'

vi.setConfig({ testTimeout: 60_000 })

let house: House
let admin: Person
let mia: Person
beforeAll(async () => {
  house = await startHouse()
  admin = await person(house.broker, 'admin')
  mia = await person(house.broker, 'mia')
}, 120_000)
afterAll(() => house?.stop())

const whoami = (token: string) => ask(house.broker, { method: 'GET', path: '/v1/whoami', token })
const recover = (code: string) => ask(house.broker, { path: '/v1/sessions/recovery', body: { code } })

describe('a recovery code', () => {
  it('lets its person register a passkey and nothing else, once, and is told loudly', async () => {
    const [code = ''] = mia.codes
    const began = await recover(` ${code.toUpperCase().replaceAll('-', ' ')} `)
    expect(began.body).toMatchObject({ user: 'mia', method: 'recovery' })
    const token = began.body['token'] as string
    expect((await whoami(token)).body).toMatchObject({ roles: [], session: { stepped_up: false } })
    for (const [method, path] of [
      ['GET', '/v1/users'],
      ['GET', '/v1/sessions'],
      ['GET', '/v1/passkeys'],
      ['POST', '/v1/recovery-codes'],
      ['POST', '/v1/passkeys/assertion/options'],
      ['DELETE', '/v1/passkeys/psk_01jd2q8c0v3m5n7p9r1t3w5y7z'],
    ] as const)
      expect((await ask(house.broker, { method, path, token })).code, path).toBe('forbidden')
    expect((await recover(code)).code).toBe('recovery_code_invalid')

    const fresh = new SoftPasskey(pagesOf(house.broker))
    const { body: options } = await ask(house.broker, { path: '/v1/passkeys/options', token })
    const body = { name: 'New', response: fresh.register(options) }
    expect((await ask(house.broker, { path: '/v1/passkeys', token, body })).status).toBe(201)
    expect((await whoami(token)).status).toBe(401)
    await signedIn({ broker: house.broker, passkey: fresh })
    await auditHas(
      house.broker,
      ({ type, actor, facts }) =>
        type === 'recovery-code.used' && actor.id === 'mia' && facts?.['count'] === 9,
    )
    expect(house.broker.log()).toContain('somebody signed in with a recovery code')
  })

  it('used by two at once lets one in', async () => {
    const [, code = ''] = mia.codes
    const answers = await Promise.all([recover(code), recover(code), recover(code)])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401])
  })

  it('that nobody has is refused in the same words, and new ones void the old', async () => {
    const nobody = await recover('00000-00000-00000-00000')
    const session = await signedIn(mia)
    const made = await ask(house.broker, { path: '/v1/recovery-codes', token: session })
    expect(made.body['recovery_codes']).toHaveLength(10)
    const old = await recover(mia.codes[2] ?? '')
    expect({ ...old.body, request_id: '' }).toEqual({ ...nobody.body, request_id: '' })
  })

  it('is not in the database, nor is the secret of a session', async () => {
    const session = await signedIn(mia)
    for (const table of ['recovery_codes', 'sessions', 'passkeys', 'audit_log', 'audit_pending']) {
      const rows = JSON.stringify(await house.sql(`SELECT * FROM ${table}`))
      for (const secret of [session, ...mia.codes, ...mia.codes.map((code) => code.replaceAll('-', ''))])
        expect(rows.includes(secret), table).toBe(false)
    }
    expect(house.broker.log()).not.toContain('brk_ses_')
  })
})

describe('a row changed by hand is noticed at its next use and denied (I13)', () => {
  async function whileTampered(change: string, undo: string, see: () => Promise<void>): Promise<void> {
    await house.sql(change)
    try {
      await see()
    } finally {
      await house.sql(undo)
    }
  }
  const swap = (table: string, row: string, key: string, value: string) => ({
    change: `CREATE TABLE kept AS SELECT mac, body FROM ${table} WHERE ${row};
      UPDATE ${table} SET body = jsonb_set(body, '{${key}}', '${value}') WHERE ${row}`,
    undo: `UPDATE ${table} t SET body = kept.body FROM kept WHERE t.mac = kept.mac; DROP TABLE kept`,
  })

  it('a passkey given to somebody else, or set back', async () => {
    const row = `credential = '${mia.passkey.id}'`
    for (const [key, value] of [
      ['user', '"admin"'],
      ['counter', '-5'],
      ['publicKey', '"AAAA"'],
    ] as const) {
      const { change, undo } = swap('passkeys', row, key, value)
      await whileTampered(change, undo, async () => {
        expect((await signIn(mia)).code, key).toBe('tampered')
      })
    }
    await signedIn(mia)
  })

  it('a passkey put beside the others', async () => {
    const stranger = new SoftPasskey(pagesOf(house.broker))
    await house.sql(`INSERT INTO passkeys (body, mac) SELECT body || '{"id":"psk_01jd2q8c0v3m5n7p9r1t3w5y7z",
      "credential":"${stranger.id}"}', mac FROM passkeys WHERE credential = '${admin.passkey.id}'`)
    expect((await signIn({ broker: house.broker, passkey: stranger })).code).toBe('tampered')
    const boss = await signedIn(admin)
    const { body } = await ask(house.broker, { method: 'GET', path: '/v1/passkeys', token: boss })
    expect((body['items'] as { tampered: boolean }[]).map(({ tampered }) => tampered).sort()).toEqual([
      false,
      true,
    ])
    const path = '/v1/passkeys/psk_01jd2q8c0v3m5n7p9r1t3w5y7z'
    expect((await ask(house.broker, { method: 'DELETE', path, token: boss })).status).toBe(200)
  })

  it('a session given to somebody else, made longer, confirmed by hand, or put there', async () => {
    const session = await signedIn(mia)
    const { body } = await whoami(session)
    const { id } = body['session'] as { id: string }
    for (const [key, value] of [
      ['user', '"admin"'],
      ['endsAt', '"2999-01-01T00:00:00.000Z"'],
      ['seenAt', '"2999-01-01T00:00:00.000Z"'],
      ['passkeyAt', '"2999-01-01T00:00:00.000Z"'],
    ] as const) {
      const { change, undo } = swap('sessions', `id = '${id}'`, key, value)
      await whileTampered(change, undo, async () => {
        expect((await whoami(session)).code, key).toBe('tampered')
      })
    }
    const [code = ''] = (await ask(house.broker, { path: '/v1/recovery-codes', token: session })).body[
      'recovery_codes'
    ] as string[]
    const limited = (await recover(code)).body['token'] as string
    await house.sql(
      `UPDATE sessions SET body = jsonb_set(body, '{method}', '"passkey"') WHERE body ->> 'method' = 'recovery'`,
    )
    expect((await whoami(limited)).code).toBe('tampered')
    await house.sql(`DELETE FROM sessions WHERE passkey IS NULL`)
    expect((await whoami(session)).status).toBe(200)
  })

  it('a role: whoever holds it is denied, signed in or not', async () => {
    const session = await signedIn(mia)
    const { change, undo } = swap('users', `name = 'mia'`, 'roles', '["admin"]')
    await whileTampered(change, undo, async () => {
      expect((await whoami(session)).code).toBe('tampered')
      expect((await signIn(mia)).code).toBe('tampered')
    })
    expect((await whoami(session)).status).toBe(200)
  })

  it('a recovery code given to somebody else', async () => {
    const session = await signedIn(mia)
    const made = await ask(house.broker, { path: '/v1/recovery-codes', token: session })
    const [code = ''] = made.body['recovery_codes'] as string[]
    const { change, undo } = swap('recovery_codes', `user_name = 'mia'`, 'user', '"admin"')
    await whileTampered(change, undo, async () => {
      expect((await recover(code)).code).toBe('tampered')
    })
  })
})

describe('who is disabled (I11)', () => {
  it('is signed out at once, stays so when enabled again, and signs in by nothing', async () => {
    const eve = await person(house.broker, 'eve')
    const [session, boss] = [await signedIn(eve), await signedIn(admin)]
    const off = await ask(house.broker, { method: 'DELETE', path: '/v1/users/eve', token: boss })
    expect(off.body).toMatchObject({ disabled: true })
    expect((await whoami(session)).status).toBe(401)
    expect((await signIn(eve)).code).toBe('forbidden')
    expect((await recover(eve.codes[0] ?? '')).code).toBe('forbidden')
    const [left] = await house.sql(`SELECT count(*)::int AS n FROM sessions WHERE user_name = 'eve'`)
    expect(left?.['n']).toBe(0)
  })

  it('by files that no longer name them too; named again, they sign in anew', async () => {
    const noa = await person(house.broker, 'noa')
    const apply = (users: object) =>
      house.broker.admin.request({
        method: 'POST',
        path: '/v1/apply',
        body: { config: { version: 1, environments: { staging: { tier: 'disposable' } }, users } },
      })
    const others = { mia: { roles: ['operator'] }, ada: { roles: ['approver'] } }
    await apply(others)
    expect((await signIn(noa)).code).toBe('forbidden')
    await apply({ ...others, noa: { roles: ['viewer'] } })
    expect((await whoami(noa.token)).status).toBe(401)
    await signedIn(noa)
  })
})

describe('once somebody approves by passkey (I4c)', () => {
  const invite = '/v1/users/mia/invitations'
  const byKey = (approval?: string) =>
    house.broker.admin.request<{ token?: string; approval?: { id: string; state: string } }>({
      method: 'POST',
      path: invite,
      ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
    })

  it('whoever invites waits for them, and what they approve is one invitation', async () => {
    const ada = new Approver(await person(house.broker, 'ada'))
    const boss = await signedIn(admin)
    const atTheConsole = await ask(house.broker, { path: invite, token: boss })
    expect(atTheConsole).toMatchObject({ status: 202, body: { approval: { state: 'pending' } } })
    const { approval, token } = await byKey()
    expect(token).toBeUndefined()
    const { id = '' } = approval ?? {}
    await ada.approve(id)
    expect((await byKey(id)).token).toMatch(/^brk_set_/)
    await expect(byKey(id)).rejects.toMatchObject({ code: 'approval_invalid' })
    expect((await stepUp(admin, boss)).status).toBe(200)
  })
})
