import { beforeAll, describe, expect, it } from 'vitest'
import { DETAILS, EXCHANGE, type OAuthDesk, TYPE } from '../oauth-desk.ts'

const good = { type: DETAILS, environment: 'staging', purpose: 'x' }

export function authorizationDetails(deskOf: () => OAuthDesk): void {
  let desk: OAuthDesk
  beforeAll(() => {
    desk = deskOf()
  })
  const start = async (details: unknown) =>
    await desk.post('/oauth/token', {
      key: desk.agent.key,
      form: {
        grant_type: EXCHANGE,
        subject_token: await desk.agentToken(),
        subject_token_type: TYPE,
        scope: 'orders-ro',
        authorization_details: typeof details === 'string' ? details : JSON.stringify(details),
      },
    })

  describe('RFC 9396 §5: authorization details that are refused', () => {
    it.each([
      ['no JSON', '{'],
      ['an object', good],
      ['none', []],
      ['two', [good, good]],
      ['an unknown type', [{ ...good, type: 'urn:other' }]],
      ['no type', [{ environment: 'staging', purpose: 'x' }]],
      ['an unknown field', [{ ...good, constraints: { max_calls: 1 } }]],
      ['a common field that means nothing here', [{ ...good, actions: ['read'] }]],
      ['a field of the wrong type', [{ ...good, ttl: {} }]],
      ['a value that cannot be', [{ ...good, environment: 'Staging!' }]],
      ['no environment', [{ type: DETAILS, purpose: 'x' }]],
      ['no purpose', [{ type: DETAILS, environment: 'staging' }]],
      ['what is for child tasks', [{ ...good, sub_agent: 'tests' }]],
    ])('%s', async (_what, details) => {
      const answer = await start(details)
      expect(answer).toMatchObject({ status: 400, code: 'invalid_authorization_details' })
      expect(answer.text).not.toContain('max_calls')
    })
  })

  it('RFC 9396 §7: what was granted comes back with the token', async () => {
    const { body } = await start([{ ...good, ticket: 'T-1', ttl: 120 }])
    expect(body['authorization_details']).toEqual([
      {
        type: DETAILS,
        task: expect.stringMatching(/^tsk_/),
        environment: 'staging',
        purpose: 'x',
        ticket: 'T-1',
        ends_at: expect.any(String),
        capped_by: 'asked',
        grants: [expect.objectContaining({ scope: 'orders-ro', state: 'active', access: ['read'] })],
      },
    ])
  })
}
