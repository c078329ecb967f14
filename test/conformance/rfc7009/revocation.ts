import { generateClientKey } from '@credbroker/core/client-key'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../harness/person.ts'
import { auditHas } from '../../security/audit.ts'
import { send, tokenOf } from '../../security/wire.ts'
import { claims, DEVICE, type OAuthDesk } from '../oauth-desk.ts'

export function revocation(deskOf: () => OAuthDesk): void {
  let desk: OAuthDesk
  beforeAll(() => {
    desk = deskOf()
  })
  const revoke = (token: string, client: Record<string, string> = desk.clientOf(desk.agent)) =>
    desk.post('/oauth/revoke', { form: { token, token_type_hint: 'access_token', ...client } })
  const mint = (token: string, at = desk.broker) =>
    send(desk.broker, {
      method: 'POST',
      path: '/v1/credentials',
      body: { scope: 'orders-ro' },
      token,
      key: desk.agent.key,
      at,
    })

  describe('RFC 7009 §2.1, §2.2: revocation', () => {
    it('of a task’s token ends the task, and what it minted is gone; every replica refuses (I8)', async () => {
      const token = String((await desk.start()).body['access_token'])
      expect((await mint(token)).status).toBe(201)
      const answer = await revoke(token)
      expect(answer).toMatchObject({ status: 200, text: '' })
      expect((await mint(token)).code ?? (await mint(token)).body.code).toBe('task_ended')
      expect((await mint(token, await desk.replica())).body.code).toBe('task_ended')
      const { task } = claims(token)
      const leases = await desk.world.staging.admin(
        `SELECT state, credential_dead FROM leases WHERE task_id = '${task}'`,
        'credbroker',
      )
      expect(leases).toEqual([{ state: 'ended', credential_dead: true }])
      await auditHas(desk.broker, (entry) => entry.type === 'token.revoked' && entry.task === task)
      // §2.2: once more is no error.
      expect((await revoke(token)).status).toBe(200)
    })

    it.each(['x', 'a.b.c', 'brk_dev_x'])('§2.2: of what is unknown is done already: %s', async (token) => {
      expect((await revoke(token)).status).toBe(200)
    })

    it('§2.1: of somebody else’s is refused, and nothing ends; operators end any task', async () => {
      const token = String((await desk.start()).body['access_token'])
      expect((await revoke(token, desk.clientOf(desk.other))).code).toBe('unauthorized_client')
      expect((await mint(token)).status).toBe(201)
      expect((await revoke(token, desk.clientOf(desk.admin))).status).toBe(200)
      expect((await mint(token)).body.code).toBe('task_ended')
      const user = await tokenOf(desk.broker, desk.admin)
      expect((await revoke(user)).code).toBe('unauthorized_client')
    })

    it('§2.2.1: of a token by an enrolled key is not supported, and says so: the enrolment stays', async () => {
      const token = await desk.agentToken()
      expect(await revoke(token)).toMatchObject({ status: 400, code: 'unsupported_token_type' })
      expect((await desk.start()).status).toBe(200)
    })

    it('of a token by a login’s key ends that key, and with it every token of it', async () => {
      const key = generateClientKey()
      const form = { client_id: 'broker-cli' }
      const { body } = await desk.post('/oauth/device_authorization', { key, form })
      await ask(desk.broker, {
        path: '/v1/device/approve',
        body: { user_code: body['user_code'] },
        token: desk.person.token,
      })
      const got = await desk.post('/oauth/token', {
        key,
        form: { ...form, grant_type: DEVICE, device_code: String(body['device_code']) },
      })
      const token = String(got.body['access_token'])
      const whoami = () => send(desk.broker, { path: '/v1/whoami', token, key })
      expect((await whoami()).status).toBe(200)
      expect((await desk.post('/oauth/revoke', { form: { token }, token, key })).status).toBe(200)
      expect((await whoami()).status).toBe(401)
      expect((await whoami()).headers.get('www-authenticate')).toContain('error="invalid_token"')
    })

    it('§2.1: nobody revokes without saying who they are', async () => {
      expect(await revoke('x', {})).toMatchObject({ status: 401, code: 'invalid_client' })
    })
  })
}
