import { generateClientKey } from '@credbroker/core/client-key'
import { beforeAll, describe, expect, it } from 'vitest'
import { auditHas } from '../../security/audit.ts'
import { send, tokenOf } from '../../security/wire.ts'
import {
  claims,
  DETAILS,
  EXCHANGE,
  type Form,
  type FormRequest,
  type OAuthDesk,
  TYPE,
} from '../oauth-desk.ts'

export function tokenExchange(deskOf: () => OAuthDesk): void {
  let desk: OAuthDesk
  let parent: string
  beforeAll(async () => {
    desk = deskOf()
    parent = String((await desk.start('orders-ro orders-rw')).body['access_token'])
  })

  /** Hands a part of the parent's task on; what is wrong with it is said on top. */
  async function exchange(form: Form = {}, request: Partial<FormRequest> = {}) {
    const key = request.key ?? generateClientKey()
    return await desk.post('/oauth/token', {
      key,
      ...request,
      form: {
        grant_type: EXCHANGE,
        subject_token: parent,
        subject_token_type: TYPE,
        scope: 'orders-ro',
        ...desk.clientOf(desk.agent),
        ...form,
      },
    })
  }
  const details = (more: object) => JSON.stringify([{ type: DETAILS, purpose: 'a part', ...more }])
  const mint = (token: unknown, key = desk.agent.key, scope = 'orders-ro') =>
    send(desk.broker, { method: 'POST', path: '/v1/credentials', body: { scope }, token: String(token), key })

  describe('RFC 8693 §2.2.1: a successful exchange', () => {
    it('of an agent’s token starts a task, and the answer says what was issued', async () => {
      const answer = await desk.start('orders-ro orders-rw', { ticket: 'PAY-1', ttl: '5m' })
      expect(answer.status, answer.text).toBe(200)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.body).toMatchObject({
        issued_token_type: TYPE,
        token_type: 'DPoP',
        expires_in: 300,
        scope: 'orders-ro orders-rw',
        authorization_details: [
          {
            type: DETAILS,
            environment: 'staging',
            purpose: 'the whole',
            ticket: 'PAY-1',
            capped_by: 'asked',
          },
        ],
      })
      expect(answer.body).not.toHaveProperty('refresh_token')
      expect(claims(answer.body['access_token'])).toMatchObject({
        sub: 'user:mia',
        act: { sub: 'agent:fixer' },
        env: 'staging',
        cnf: { jkt: desk.agent.key.thumbprint },
      })
      expect((await mint(answer.body['access_token'])).status).toBe(201)
    })

    it('of a task’s token makes a child with a key of its own, which acts in a chain (§4.1)', async () => {
      const key = generateClientKey()
      const answer = await exchange(
        { authorization_details: details({ sub_agent: 'tests', ttl: '5m' }) },
        { key },
      )
      expect(answer.status, answer.text).toBe(200)
      expect(claims(answer.body['access_token'])).toMatchObject({
        sub: 'user:mia',
        act: { sub: 'agent:fixer/tests', act: { sub: 'agent:fixer' } },
        cnf: { jkt: key.thumbprint },
        scope: 'orders-ro',
      })
      expect((await mint(answer.body['access_token'], key)).status).toBe(201)
      // The child, whose key nobody enrolled, hands on in its turn: a proof takes the place of the assertion.
      const child = String(answer.body['access_token'])
      const grandchild = await exchange({
        subject_token: child,
        subject_token_proof: desk.proof(key, '/oauth/token', child),
        client_assertion: undefined,
        client_assertion_type: undefined,
        client_id: undefined,
      })
      expect(grandchild.status, grandchild.text).toBe(200)
      await auditHas(
        desk.broker,
        ({ type, facts }) => type === 'task.delegated' && facts?.['parentTask'] === claims(child).task,
      )
    })

    it('without authorization details a child is for the purpose of its parent', async () => {
      expect((await exchange()).body['authorization_details']).toMatchObject([{ purpose: 'the whole' }])
    })

    it('scopes of which only some are granted: the answer names those (§2.2.1 scope)', async () => {
      const answer = await desk.start('orders-ro nothing')
      expect(answer.body).toMatchObject({ scope: 'orders-ro' })
      expect(answer.body['authorization_details']).toMatchObject([
        {
          grants: [
            { scope: 'orders-ro', state: 'active' },
            { scope: 'nothing', state: 'denied' },
          ],
        },
      ])
    })

    it('the same Idempotency-Key starts one task', async () => {
      const subject = await desk.agentToken()
      const ask = () =>
        desk.post('/oauth/token', {
          key: desk.agent.key,
          headers: { 'idempotency-key': 'exchange-1' },
          form: {
            grant_type: EXCHANGE,
            subject_token: subject,
            subject_token_type: TYPE,
            scope: 'orders-ro',
            authorization_details: details({ environment: 'staging' }),
          },
        })
      const [first, second] = [await ask(), await ask()]
      expect(claims(first.body['access_token']).task).toBe(claims(second.body['access_token']).task)
    })
  })

  describe('RFC 8693 §2.1: the request', () => {
    it.each([
      ['subject_token is missing', { subject_token: undefined }, 'invalid_request'],
      ['subject_token_type is missing', { subject_token_type: undefined }, 'invalid_request'],
      ['subject_token_type is another', { subject_token_type: `${TYPE}x` }, 'invalid_request'],
      [
        'an ID token is wanted',
        { requested_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
        'invalid_request',
      ],
      [
        'a refresh token is wanted (I3)',
        { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
        'invalid_request',
      ],
      ['an actor token without its type', { actor_token: 'x' }, 'invalid_request'],
      ['an actor token type without a token', { actor_token_type: TYPE }, 'invalid_request'],
      ['an actor token that is none', { actor_token: 'x', actor_token_type: TYPE }, 'invalid_request'],
      ['a subject token that is none', { subject_token: 'x' }, 'invalid_request'],
      ['no scope', { scope: undefined }, 'invalid_scope'],
      ['a scope twice', { scope: 'orders-ro orders-ro' }, 'invalid_scope'],
      ['a scope that cannot be one', { scope: 'orders-ro  ORDERS' }, 'invalid_scope'],
    ])('%s', async (_what, form: Form, error) => {
      const answer = await exchange(form)
      expect(answer).toMatchObject({ status: 400, code: error })
    })

    it('§2.2.2: an expired or foreign subject token is an invalid request', async () => {
      const [head, , signature] = parent.split('.')
      const forged = Buffer.from(JSON.stringify({ ...claims(parent), exp: 4102444800 })).toString('base64url')
      expect((await exchange({ subject_token: [head, forged, signature].join('.') })).code).toBe(
        'invalid_request',
      )
    })
  })

  describe('RFC 9449 §5: who shows a token must hold its key', () => {
    it('a stolen task token is worth nothing without the key of its task', async () => {
      const none = { client_assertion: undefined, client_assertion_type: undefined, client_id: undefined }
      expect(await exchange(none)).toMatchObject({ status: 401, code: 'invalid_client' })
      const thief = generateClientKey()
      const byThief = { ...none, subject_token_proof: desk.proof(thief, '/oauth/token', parent) }
      expect((await exchange(byThief, { key: thief })).code).toBe('invalid_dpop_proof')
      const { other } = desk
      expect((await exchange(desk.clientOf(other))).code).toBe('invalid_client')
    })

    it('a stolen agent token starts nothing with another key, nor without a proof', async () => {
      const stolen = {
        grant_type: EXCHANGE,
        subject_token: await desk.agentToken(),
        subject_token_type: TYPE,
        scope: 'orders-ro',
        authorization_details: details({ environment: 'staging' }),
      }
      for (const key of [generateClientKey(), undefined])
        expect((await desk.post('/oauth/token', { form: stolen, ...(key && { key }) })).code).toBe(
          'invalid_dpop_proof',
        )
    })

    it('a bearer downgrade: the issued token is refused without its proof', async () => {
      const { body } = await desk.start()
      const token = String(body['access_token'])
      const bare = await send(desk.broker, { path: '/v1/whoami', token, scheme: 'Bearer' })
      expect(bare.status).toBe(401)
      expect((await send(desk.broker, { path: '/v1/whoami', token })).status).toBe(401)
    })

    it('replay of the exchange at another replica: neither proof nor assertion counts twice', async () => {
      const second = await desk.replica()
      const key = generateClientKey()
      const proof = desk.proof(key, '/oauth/token')
      const form = desk.clientOf(desk.agent)
      expect((await exchange(form, { key, proof })).status).toBe(200)
      expect((await exchange(form, { key, proof, at: second })).code).toBe('invalid_dpop_proof')
      expect((await exchange(form, { key, at: second })).code).toBe('invalid_dpop_proof')
      expect((await exchange({}, { key, proof, at: second })).code).toBe('invalid_dpop_proof')
      expect((await exchange({}, { key: generateClientKey(), at: second })).status).toBe(200)
    })
  })

  describe('I9: an exchange only narrows', () => {
    it.each([
      ['a scope that the parent does not hold', { scope: 'orders-xx' }, 'invalid_scope'],
      ['another environment', { authorization_details: '{"environment":"production"}' }, 'invalid_scope'],
      [
        'less access than the scope needs',
        { scope: 'orders-rw', authorization_details: '{"access":{"orders-rw":["read"]}}' },
        'invalid_scope',
      ],
    ])('%s', async (_what, { authorization_details: more, ...form }: Record<string, string>, error) => {
      const answer = await exchange({
        ...form,
        ...(more && { authorization_details: details(JSON.parse(more)) }),
      })
      expect(answer).toMatchObject({ status: 400, code: error })
    })

    it('a longer life: it ends with its parent', async () => {
      const short = String((await desk.start('orders-ro', { ttl: '10m' })).body['access_token'])
      const answer = await exchange({ subject_token: short, authorization_details: details({ ttl: '8h' }) })
      expect(answer.body['authorization_details']).toMatchObject([{ capped_by: 'parent' }])
    })

    it('the parent’s own key, by which the child would be its parent', async () => {
      expect((await exchange({}, { key: desk.agent.key })).code).toBe('invalid_request')
    })
  })

  describe('I12: nobody becomes somebody else', () => {
    it('a person’s token is not exchanged into an agent’s', async () => {
      const subject = await tokenOf(desk.broker, desk.admin)
      const key = desk.admin.key
      const answer = await exchange({ subject_token: subject, ...desk.clientOf(desk.admin) }, { key })
      expect(answer).toMatchObject({ status: 400, code: 'invalid_request' })
    })

    it('an actor token must be an agent’s, bound to the key of the child, and of the same owner', async () => {
      const { other } = desk
      const actor = { actor_token: await desk.agentToken(other), actor_token_type: TYPE }
      expect((await exchange(actor)).code).toBe('invalid_dpop_proof')
      expect((await exchange(actor, { key: other.key })).code).toBe('unauthorized_client')
      expect((await exchange({ actor_token: parent, actor_token_type: TYPE })).code).toBe('invalid_request')
      const admin = { actor_token: await tokenOf(desk.broker, desk.admin), actor_token_type: TYPE }
      expect((await exchange(admin, { key: desk.admin.key })).code).toBe('invalid_request')
      expect((await exchange({}, { key: other.key })).code).toBe('unauthorized_client')
    })
  })
}
