import { createServer, type Server } from 'node:http'
import { workloadTokens } from '@credbroker/broker/adapters/identity/workload-tokens'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Issuer } from '../../../apps/broker/src/domain/config.ts'

const AUDIENCE = 'https://broker.example'
let server: Server
let provider: Provider
let issuer: Issuer
beforeAll(async () => {
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] },
    clients: [
      {
        client_id: AUDIENCE,
        redirect_uris: [`${AUDIENCE}/none`],
        response_types: ['id_token'],
        grant_types: ['implicit'],
        token_endpoint_auth_method: 'none',
      },
    ],
    features: { devInteractions: { enabled: false } },
    ttl: { IdToken: 300 },
  })
  server.on('request', provider.callback())
  const common = { name: 'provider', source: 'files', disabled: false } as const
  issuer = { ...common, url, profile: 'oidc', jwks: null, algorithms: ['RS256'] }
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function idToken(): Promise<string> {
  const client = await provider.Client.find(AUDIENCE)
  if (!client) throw new Error('it is configured')
  const ctx = { oidc: { client, provider, entities: {} } } as never
  const token = new provider.IdToken({ sub: 'system-7' }, { client, ctx })
  Object.assign(token, { scope: 'openid' })
  token.set('sub', 'system-7')
  return await token.issue({ use: 'idtoken' })
}

it('what a certified OpenID provider signs and publishes is read and verified as it is', async () => {
  const tokens = workloadTokens(true)
  const token = await idToken()
  expect(tokens.claimedIssuer(token)).toBe(issuer.url)
  const { claims } = await tokens.verifyWorkloadToken(token, issuer, AUDIENCE, new Date())
  expect(claims).toMatchObject({ iss: issuer.url, sub: 'system-7', aud: AUDIENCE })
})

it('its tokens for others, and of others, are not ours', async () => {
  const tokens = workloadTokens(true)
  const token = await idToken()
  for (const [of, audience] of [
    [issuer, 'https://other.example'],
    [{ ...issuer, url: 'https://other.example' }, AUDIENCE],
  ] as const)
    await expect(tokens.verifyWorkloadToken(token, of, audience, new Date())).rejects.toMatchObject({
      code: 'invalid_token',
    })
})
