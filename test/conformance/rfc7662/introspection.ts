import { generateClientKey } from '@credbroker/core/client-key'
import { beforeAll, describe, expect, it } from 'vitest'
import { send, tokenOf } from '../../security/wire.ts'
import { DETAILS, type FormRequest, type OAuthDesk } from '../oauth-desk.ts'

export function introspection(deskOf: () => OAuthDesk): void {
  let desk: OAuthDesk
  let task: string
  beforeAll(async () => {
    desk = deskOf()
    task = String((await desk.start('orders-ro orders-rw', { ticket: 'PAY-2' })).body['access_token'])
  })
  const ask = (token: string, request: Partial<FormRequest> = {}) =>
    desk.post('/oauth/introspect', { form: { token, ...desk.clientOf(desk.agent) }, ...request })
  const end = (token: string) =>
    send(desk.broker, {
      method: 'POST',
      path: `/v1/tasks/${JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).task}/end`,
      body: {},
      token,
      key: desk.agent.key,
    })

  describe('RFC 7662 §2.2: the answer', () => {
    it('for a task’s token says who, what for, for whom, by which key, and what lives of it', async () => {
      const { status, body, headers } = await ask(task)
      expect(status).toBe(200)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(body).toMatchObject({
        active: true,
        iss: desk.broker.url,
        aud: desk.broker.url,
        sub: 'user:mia',
        act: { sub: 'agent:fixer' },
        client_id: 'agent:fixer',
        scope: 'orders-ro orders-rw',
        token_type: 'DPoP',
        cnf: { jkt: desk.agent.key.thumbprint },
        env: 'staging',
        authorization_details: [
          { type: DETAILS, environment: 'staging', purpose: 'the whole', ticket: 'PAY-2' },
        ],
      })
      expect(body['exp']).toBeGreaterThan(body['iat'] as number)
    })

    it('for an agent’s token and a person’s', async () => {
      const agentToken = await desk.agentToken()
      expect((await ask(agentToken)).body).toMatchObject({ active: true, client_id: 'agent:fixer' })
      const user = await tokenOf(desk.broker, desk.admin)
      const byUser = await desk.post('/oauth/introspect', {
        form: { token: user },
        key: desk.admin.key,
        token: user,
      })
      expect(byUser.body).toMatchObject({ active: true, sub: 'user:admin' })
      expect(byUser.body).not.toHaveProperty('act')
    })

    it.each(['x', 'a.b.c', 'brk_ses_x', `eyJ.${'x'.repeat(300)}.x`])(
      'of what is no token of ours is {"active":false} and nothing else: %s',
      async (token) => {
        expect((await ask(token)).text).toBe('{"active":false}')
      },
    )

    it('follows live state: a revoked grant leaves the scope, an ended task leaves nothing (I8)', async () => {
      const started = await desk.start('orders-ro orders-rw')
      const token = String(started.body['access_token'])
      const details = started.body['authorization_details'] as { grants: { id: string; scope: string }[] }[]
      const grant = details[0]?.grants.find(({ scope }) => scope === 'orders-rw')
      await desk.admin.client.request({ method: 'DELETE', path: `/v1/grants/${grant?.id}` })
      expect((await ask(token)).body['scope']).toBe('orders-ro')
      await end(token)
      expect((await ask(token)).text).toBe('{"active":false}')
    })

    it('of a child whose parent has ended is inactive (I9)', async () => {
      const parent = String((await desk.start()).body['access_token'])
      const child = await desk.post('/oauth/token', {
        key: generateClientKey(),
        form: {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: parent,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
          scope: 'orders-ro',
          ...desk.clientOf(desk.agent),
        },
      })
      const token = String(child.body['access_token'])
      expect((await ask(token)).body).toMatchObject({ active: true, act: { act: { sub: 'agent:fixer' } } })
      await end(parent)
      expect((await ask(token)).text).toBe('{"active":false}')
    })
  })

  describe('RFC 7662 §2.1, §4: who may ask', () => {
    it('nobody without saying who they are', async () => {
      const none = await desk.post('/oauth/introspect', { form: { token: task } })
      expect(none).toMatchObject({ status: 401, code: 'invalid_client' })
      const bare = await desk.post('/oauth/introspect', {
        form: { token: task },
        headers: { authorization: `Bearer ${task}` },
      })
      expect(bare).toMatchObject({ status: 401, code: 'invalid_token' })
      const session = await desk.post('/oauth/introspect', {
        form: { token: task },
        headers: { authorization: `Bearer ${desk.person.token}` },
      })
      expect(session.code).toBe('unauthorized_client')
    })

    it('an agent about its own tokens; another’s looks like none', async () => {
      const byOther = await ask(task, { form: { token: task, ...desk.clientOf(desk.other) } })
      expect(byOther.text).toBe('{"active":false}')
      const user = await tokenOf(desk.broker, desk.admin)
      expect((await ask(user)).text).toBe('{"active":false}')
    })

    it('a person who may look, about any', async () => {
      const byAdmin = await ask(task, { form: { token: task, ...desk.clientOf(desk.admin) } })
      expect(byAdmin.body).toMatchObject({ active: true, client_id: 'agent:fixer' })
    })

    it('an assertion counts once, and speaks for its own client alone', async () => {
      const form = { token: task, ...desk.clientOf(desk.agent) }
      expect((await ask(task, { form })).status).toBe(200)
      expect((await ask(task, { form })).status).toBe(400)
      const other = { token: task, ...desk.clientOf(desk.agent), client_id: 'user:admin' }
      expect((await ask(task, { form: other })).code).toBe('invalid_client')
    })

    it('in one way at a time (RFC 6749 §2.3)', async () => {
      const token = await desk.agentToken()
      const answer = await ask(task, { token, key: desk.agent.key })
      expect(answer.code).toBe('invalid_request')
    })
  })
}
