import { beforeAll, describe, expect, it } from 'vitest'
import { JWT_BEARER, type OAuthDesk } from '../oauth-desk.ts'

const ENDPOINTS = ['/oauth/token', '/oauth/device_authorization', '/oauth/introspect', '/oauth/revoke']
const FORM = 'application/x-www-form-urlencoded'

export function oauthEndpoints(deskOf: () => OAuthDesk): void {
  let desk: OAuthDesk
  beforeAll(() => {
    desk = deskOf()
  })
  const send = async (path: string, init: RequestInit) => {
    const response = await fetch(desk.broker.url + path, { method: 'POST', ...init })
    const body = (await response.json()) as Record<string, unknown>
    return { response, body, error: body['error'], status: response.status }
  }
  const form = (body: string, type = FORM) => ({ body, headers: { 'content-type': type } })

  describe.each(ENDPOINTS)('RFC 6749 §3.2, §5.2 at %s', (path) => {
    it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('%s is answered 405 in the form of OAuth', async (method) => {
      const { response, error } = await send(path, { method })
      expect({ status: response.status, error, allow: response.headers.get('allow') }).toEqual({
        status: 405,
        error: 'invalid_request',
        allow: 'POST',
      })
    })

    it.each(['application/json', 'text/plain', `${FORM}; charset=latin1`, 'multipart/form-data; boundary=x'])(
      'a body of type %s is answered 415',
      async (type) => {
        expect(await send(path, form('grant_type=x', type))).toMatchObject({
          status: 415,
          error: 'invalid_request',
        })
      },
    )

    it('a repeated parameter, one in the URL, one with a control character: invalid_request', async () => {
      for (const body of ['grant_type=a&grant_type=b', 'token=a&token=a', 'client_id=%00', 'x=%ff'])
        expect(await send(path, form(body))).toMatchObject({ status: 400, error: 'invalid_request' })
      expect(await send(`${path}?token=x`, form('token=x'))).toMatchObject({
        status: 400,
        error: 'invalid_request',
      })
    })

    it('every refusal is short ASCII, is not stored, and repeats nothing that was sent', async () => {
      const sent = 'S3cretThing’"\\'
      for (const body of [
        `grant_type=${sent}`,
        `token=${sent}&client_assertion=${sent}`,
        '',
        'x'.repeat(300_000),
      ]) {
        const { response, body: answer } = await send(path, form(body))
        expect(Object.keys(answer).sort()).toEqual(['error', 'error_description', 'error_uri'])
        expect(answer['error_description']).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
        expect(JSON.stringify(answer)).not.toContain('S3cret')
        expect(response.headers.get('cache-control')).toBe('no-store')
        expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      }
    })
  })

  it('§5.2: an unknown grant type, and none', async () => {
    expect((await send('/oauth/token', form('grant_type=password'))).error).toBe('unsupported_grant_type')
    expect((await send('/oauth/token', form('grant_type='))).error).toBe('invalid_request')
  })

  it('§2.3, §5.2: Basic and client_secret are no way to say who one is', async () => {
    const body = `grant_type=${encodeURIComponent(JWT_BEARER)}&assertion=x`
    const basic = await send('/oauth/token', {
      body,
      headers: { 'content-type': FORM, authorization: `Basic ${btoa('a:b')}` },
    })
    expect(basic).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(basic.response.headers.get('www-authenticate')).toMatch(/^DPoP /)
    expect((await send('/oauth/token', form(`${body}&client_secret=x`))).error).toBe('invalid_client')
  })

  it('what is not there is not found in the form of OAuth, too', async () => {
    expect(await send('/oauth/authorize', form('response_type=token'))).toMatchObject({
      status: 404,
      error: 'invalid_request',
    })
  })

  it('RFC 9449 §5, §8: proofs are refused with 400, and a nonce comes along where it helps', async () => {
    const proof = desk.proof(desk.agent.key, '/oauth/revoke')
    const refused = await desk.post('/oauth/device_authorization', {
      form: { client_id: 'broker-cli' },
      proof,
    })
    expect(refused).toMatchObject({ status: 400, code: 'invalid_dpop_proof' })
  })
}
