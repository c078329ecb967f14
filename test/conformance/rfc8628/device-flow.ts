import { type ClientKey, generateClientKey } from '@credbroker/core/client-key'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask, signedIn, stepUp } from '../../harness/person.ts'
import { auditHas } from '../../security/audit.ts'
import { type Answer, proofFor, send } from '../../security/wire.ts'
import { claims, DEVICE, type Form, type OAuthDesk } from '../oauth-desk.ts'

export function deviceFlow(deskOf: () => OAuthDesk): void {
  let desk: OAuthDesk
  beforeAll(() => {
    desk = deskOf()
  })

  const begin = (key: ClientKey | undefined, form: Form = {}): Promise<Answer> =>
    desk.post('/oauth/device_authorization', {
      ...(key && { key }),
      form: { client_id: 'broker-cli', host: 'laptop-7', ...form },
    })
  const redeem = (key: ClientKey, code: unknown, form: Form = {}, at = desk.broker): Promise<Answer> =>
    desk.post('/oauth/token', {
      key,
      at,
      form: { grant_type: DEVICE, client_id: 'broker-cli', device_code: String(code), ...form },
    })
  const page = (verb: '' | '/approve' | '/deny', code: unknown, token = desk.person.token): Promise<Answer> =>
    ask(desk.broker, { path: `/v1/device${verb}`, body: { user_code: code }, token })
  const sql = (statement: string) => desk.world.staging.admin(statement, 'credbroker')
  /** As if the interval had passed. */
  const later = () => sql('UPDATE device_requests SET polled_at = NULL')

  describe('RFC 8628 §3.1, §3.2: device authorization', () => {
    it('answers codes, where to type the short one, an end and an interval; nothing to send to somebody', async () => {
      const { status, body, headers } = await begin(generateClientKey())
      expect(status).toBe(200)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(body).toEqual({
        device_code: expect.stringMatching(/^brk_dev_/),
        user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
        verification_uri: `${desk.broker.url.replace('127.0.0.1', 'localhost')}/device`,
        expires_in: 600,
        interval: 5,
      })
    })

    it('another client, no key, a key in use, a scope: refused', async () => {
      expect((await begin(generateClientKey(), { client_id: 'other' })).code).toBe('invalid_client')
      expect((await begin(undefined)).code).toBe('invalid_dpop_proof')
      expect((await begin(undefined, { dpop_jkt: 'short' })).code).toBe('invalid_request')
      expect((await begin(generateClientKey(), { dpop_jkt: desk.agent.key.thumbprint })).code).toBe(
        'invalid_dpop_proof',
      )
      expect((await begin(desk.agent.key)).code).toBe('unauthorized_client')
      expect((await begin(generateClientKey(), { scope: 'orders-ro' })).code).toBe('invalid_scope')
    })

    it('the codes are not in the database', async () => {
      const { body } = await begin(generateClientKey())
      const rows = JSON.stringify(await sql('SELECT * FROM device_requests'))
      expect(rows).not.toContain(String(body['user_code']).replace('-', ''))
      expect(rows).not.toContain(body['device_code'])
    })
  })

  describe('RFC 8628 §3.4, §3.5: the machine asks', () => {
    it('pending, then too often, then a yes: a token by a key that lasts twelve hours (I3)', async () => {
      const key = generateClientKey()
      const { body } = await begin(key)
      expect(await redeem(key, body['device_code'])).toMatchObject({
        status: 400,
        code: 'authorization_pending',
      })
      expect((await redeem(key, body['device_code'])).code).toBe('slow_down')
      const [row] = await sql('SELECT max(interval) AS most FROM device_requests')
      expect(row).toEqual({ most: 10 })
      expect((await page('/approve', body['user_code'])).body).toEqual({ state: 'approved' })
      await later()
      const answer = await redeem(key, body['device_code'])
      expect(answer.status, answer.text).toBe(200)
      expect(answer.body).toMatchObject({ token_type: 'DPoP', expires_in: 300 })
      expect(answer.body).not.toHaveProperty('refresh_token')
      const token = String(answer.body['access_token'])
      expect(claims(token)).toMatchObject({ sub: 'user:admin', cnf: { jkt: key.thumbprint } })
      const me = await send(desk.broker, { path: '/v1/whoami', token, key })
      expect(me.body).toMatchObject({ principal: 'user:admin', roles: expect.arrayContaining(['admin']) })
      const ends = Date.parse(String(me.body['key_ends_at'])) - Date.now()
      // The broker goes by the clock of its database.
      expect(ends).toBeLessThanOrEqual(12 * 3600_000 + 60_000)
      expect(ends).toBeGreaterThan(11 * 3600_000)
      await auditHas(desk.broker, ({ type, actor }) => type === 'device.approved' && actor.id === 'admin')
    })

    it('a replayed device code is worth nothing, here and at another replica', async () => {
      const key = generateClientKey()
      const { body } = await begin(key)
      await page('/approve', body['user_code'])
      const second = await desk.replica()
      const answers = await Promise.all([
        redeem(key, body['device_code']),
        redeem(key, body['device_code'], {}, second),
      ])
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(await redeem(key, body['device_code'])).toMatchObject({ status: 400, code: 'invalid_grant' })
    })

    it('a stolen device code is worth nothing with another key (RFC 9449 §10)', async () => {
      const key = generateClientKey()
      const { body } = await begin(undefined, { dpop_jkt: key.thumbprint })
      await page('/approve', body['user_code'])
      expect((await redeem(generateClientKey(), body['device_code'])).code).toBe('invalid_grant')
      await later()
      expect((await redeem(key, body['device_code'])).status).toBe(200)
    })

    it('a no is access_denied, once; a code that is over is expired_token; another is invalid_grant', async () => {
      const key = generateClientKey()
      const { body } = await begin(key)
      expect((await page('/deny', body['user_code'])).body).toEqual({ state: 'denied' })
      expect((await redeem(key, body['device_code'])).code).toBe('access_denied')
      expect((await redeem(key, body['device_code'])).code).toBe('invalid_grant')
      expect((await redeem(key, 'brk_dev_x')).code).toBe('invalid_grant')
      expect((await redeem(key, body['device_code'], { client_id: 'other' })).code).toBe('invalid_client')
    })

    it('I13: a request approved by hand in the database is not approved', async () => {
      const key = generateClientKey()
      const { body } = await begin(key)
      await sql(
        `UPDATE device_requests SET body = body || '{"state": "approved", "user": "admin"}' WHERE body ->> 'jkt' = '${key.thumbprint}'`,
      )
      expect((await redeem(key, body['device_code'])).code).toBe('access_denied')
      expect(await sql(`SELECT FROM client_keys WHERE jkt = '${key.thumbprint}'`)).toEqual([])
    })
  })

  describe('RFC 8628 §5: attacks', () => {
    it('phishing (§5.4): the person is shown who asks, from where, with what, and what it gets', async () => {
      const key = generateClientKey()
      const { body } = await begin(key)
      const shown = await page('', String(body['user_code']).toLowerCase().replace('-', ' '))
      expect(shown.body).toMatchObject({
        client: 'broker-cli',
        host: 'laptop-7',
        address: expect.stringMatching(/127\.0\.0\.1$/),
        browser: expect.any(String),
        key: key.thumbprint,
        principal: 'user:admin',
        key_seconds: 12 * 3600,
      })
      // Looking is not approving.
      expect((await redeem(key, body['device_code'])).code).toBe('authorization_pending')
    })

    it('only a person at the console says yes, with a passkey that answered lately', async () => {
      const key = generateClientKey()
      const { body } = await begin(key)
      const path = '/v1/device/approve'
      const byKey = await desk.admin.client
        .request({ method: 'POST', path, body: { user_code: body['user_code'] } })
        .catch((error: { code: string }) => error.code)
      expect(byKey).toBe('step_up_required')
      const agent = await send(desk.broker, {
        method: 'POST',
        path,
        token: await desk.agentToken(),
        proof: proofFor(desk.broker, desk.agent.key, {
          method: 'POST',
          path,
          token: await desk.agentToken(),
        }),
        key: desk.agent.key,
        body: { user_code: body['user_code'] },
      })
      expect(agent.status).toBeGreaterThanOrEqual(400)
      expect((await page('/approve', body['user_code'], 'x')).status).toBe(401)

      const session = await signedIn(desk.person)
      expect((await page('/approve', body['user_code'], session)).status).toBe(200)
      // Answered is answered.
      expect((await page('/deny', body['user_code'], session)).code).toBe('not_found')
    })

    it('guessing codes (§5.1) ends after ten wrong ones of one person, also with the right one in hand', async () => {
      const { body } = await begin(generateClientKey())
      await stepUp(desk.person, desk.person.token)
      await sql('DELETE FROM device_guesses')
      const guesses = await Promise.all(Array.from({ length: 14 }, () => page('', 'BBBB-BBBB')))
      expect(guesses.filter(({ status }) => status === 404)).toHaveLength(10)
      expect(guesses.filter(({ status }) => status === 429)).toHaveLength(4)
      expect((await page('/approve', body['user_code'])).status).toBe(429)
      await sql(`UPDATE device_guesses SET since = since - interval '11 minutes'`)
      expect((await page('/approve', body['user_code'])).status).toBe(200)
    })

    it('strangers cannot fill the table: beyond a number of waiting logins they are told to come later', async () => {
      await sql(`INSERT INTO device_requests (body, mac, ends_at, interval)
        SELECT jsonb_build_object('digest', 'd' || n, 'userCode', 'u' || n), 'x', now() + interval '5 minutes', 5
        FROM generate_series(1, 1000) AS n`)
      expect(await begin(generateClientKey())).toMatchObject({ status: 429, code: 'temporarily_unavailable' })
      await sql(`DELETE FROM device_requests WHERE mac = 'x'`)
    })
  })

  describe('giving the key up', () => {
    it('broker login and logout, with the real command: the key is the person’s, and then nobody’s', async () => {
      const child = desk.broker.spawnCli(['login', '--json'], { profile: 'mine' })
      let [out, err] = ['', '']
      child.stdout?.on('data', (chunk) => {
        out += chunk
      })
      const code = await new Promise<string>((resolve) =>
        child.stderr?.on('data', (chunk) => {
          err += chunk
          const found = /\b[B-Z]{4}-[B-Z]{4}\b/.exec(err)?.[0]
          if (found) resolve(found)
        }),
      )
      expect((await page('/approve', code)).status).toBe(200)
      await new Promise((resolve) => child.once('close', resolve))
      expect(JSON.parse(out)).toMatchObject({ profile: 'mine', principal: 'user:admin' })
      const { key } = await desk.broker.identity('mine')
      expect((await desk.broker.cli(['whoami'], { profile: 'mine' })).stdout).toContain('user:admin')
      const left = await desk.broker.cli(['logout', '--json'], { profile: 'mine' })
      expect(JSON.parse(left.stdout)).toEqual({ profile: 'mine', removed: true, ended_at_broker: true })
      expect(await sql(`SELECT FROM client_keys WHERE jkt = '${key.thumbprint}'`)).toEqual([])
      await auditHas(
        desk.broker,
        ({ type, facts }) => type === 'client-key.removed' && facts?.['keyThumbprint'] === key.thumbprint,
      )
    })
  })
}
