import { beforeAll, describe, expect, it } from 'vitest'
import { tokenOf } from '../../security/wire.ts'
import { claims, DETAILS, EXCHANGE, type Form, type OAuthDesk, TYPE } from '../oauth-desk.ts'

export function resourceIndicators(deskOf: () => OAuthDesk): void {
  let desk: OAuthDesk
  beforeAll(() => {
    desk = deskOf()
  })
  const start = async (form: Form) =>
    await desk.post('/oauth/token', {
      key: desk.agent.key,
      form: {
        grant_type: EXCHANGE,
        subject_token: await tokenOf(desk.broker, desk.agent),
        subject_token_type: TYPE,
        scope: 'orders-ro',
        authorization_details: JSON.stringify([{ type: DETAILS, environment: 'staging', purpose: 'x' }]),
        ...form,
      },
    })

  describe('RFC 8707 §2: what a token is for', () => {
    it.each(['resource', 'audience'])('%s may name the broker; the token is for it alone', async (name) => {
      for (const value of [desk.broker.url, `${desk.broker.url}/`]) {
        const answer = await start({ [name]: value })
        expect(answer.status, answer.text).toBe(200)
        expect(claims(answer.body['access_token']).aud).toBe(desk.broker.url)
      }
    })

    it('another, a longer one, one with a fragment: invalid_target', async () => {
      for (const value of ['https://evil.example', `${desk.broker.url}/v1`, `${desk.broker.url}#x`, 'x'])
        expect(await start({ resource: value })).toMatchObject({ status: 400, code: 'invalid_target' })
    })

    it('two audiences are refused, be they the same', async () => {
      const { url } = desk.broker
      for (const form of [
        { resource: [url, 'https://evil.example'] },
        { resource: [url, url] },
        { audience: [url, url] },
        { resource: url, audience: url },
      ])
        expect(await start(form)).toMatchObject({ status: 400, code: 'invalid_target' })
    })
  })
}
