import { beforeAll, describe, expect, it } from 'vitest'
import { send } from '../../security/wire.ts'
import { DETAILS, type OAuthDesk } from '../oauth-desk.ts'

type Document = Record<string, unknown>

export function metadata(deskOf: () => OAuthDesk): void {
  let desk: OAuthDesk
  let server: Document
  let openid: Document
  const get = async (path: string) => (await fetch(desk.broker.url + path)).json() as Promise<Document>
  beforeAll(async () => {
    desk = deskOf()
    server = await get('/.well-known/oauth-authorization-server')
    openid = await get('/.well-known/openid-configuration')
  })

  describe('RFC 8414 §2: authorization server metadata', () => {
    it('names this issuer, and endpoints that are there', async () => {
      expect(server['issuer']).toBe(desk.broker.url)
      for (const [name, url] of Object.entries(server).filter(([key]) => key.endsWith('_endpoint'))) {
        const { status } = await fetch(String(url), { method: 'POST' })
        expect({ name, status }).toEqual({ name, status: 415 })
      }
      expect((await fetch(String(server['jwks_uri']))).status).toBe(200)
    })

    it('names what there is, and nothing that there is not', () => {
      expect(server).toMatchObject({
        grant_types_supported: [
          'urn:ietf:params:oauth:grant-type:jwt-bearer',
          'urn:ietf:params:oauth:grant-type:token-exchange',
          'urn:ietf:params:oauth:grant-type:device_code',
        ],
        dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519'],
        authorization_details_types_supported: [DETAILS],
        introspection_endpoint_auth_methods_supported: ['private_key_jwt'],
        revocation_endpoint_auth_methods_supported: ['private_key_jwt'],
      })
      for (const absent of [
        'authorization_endpoint',
        'registration_endpoint',
        'code_challenge_methods_supported',
      ])
        expect(server).not.toHaveProperty(absent)
    })

    it('OpenID discovery says the same, and what it must say beside it', () => {
      expect(openid).toEqual({
        ...server,
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
      })
    })
  })

  describe('RFC 9728: protected resource metadata', () => {
    it('§2: names the resource, who issues tokens for it, and that they are bound to keys', async () => {
      expect(await get('/.well-known/oauth-protected-resource')).toMatchObject({
        resource: desk.broker.url,
        authorization_servers: [desk.broker.url],
        bearer_methods_supported: ['header'],
        dpop_bound_access_tokens_required: true,
        authorization_details_types_supported: [DETAILS],
      })
    })

    it('§5.1: a 401 says where it is; RFC 6750 §3.1: without an error where nothing was sent', async () => {
      const where = `resource_metadata="${desk.broker.url}/.well-known/oauth-protected-resource"`
      const none = (await send(desk.broker, { path: '/v1/tasks' })).headers.get('www-authenticate')
      expect(none).toBe(`DPoP algs="ES256 EdDSA Ed25519", ${where}`)
      const bad = await send(desk.broker, { path: '/v1/tasks', token: 'x.y.z', key: desk.agent.key })
      expect(bad.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token", .*resource_metadata=/)
    })

    it('RFC 9449 §7.1: a proof that does not fit is an error of its own', async () => {
      const token = await desk.agentToken()
      const answer = await send(desk.broker, { path: '/v1/tasks', token, key: desk.other.key })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_dpop_proof"')
    })
  })

  describe('RFC 7517: the keys', () => {
    it('every key has a kid and an algorithm, and signs access tokens alone', async () => {
      const { keys } = (await get('/.well-known/jwks.json')) as { keys: Document[] }
      expect(keys.length).toBeGreaterThan(0)
      for (const key of keys) {
        expect(key).toMatchObject({ kid: expect.any(String), alg: 'ES256', use: 'sig' })
        expect(key).not.toHaveProperty('d')
      }
      const rows = await desk.world.staging.admin(
        `SELECT kid FROM signing_keys WHERE purpose <> 'access-token'`,
        'credbroker',
      )
      expect(rows.filter(({ kid }) => keys.some((key) => key['kid'] === kid))).toEqual([])
    })
  })
}
