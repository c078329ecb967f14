import { randomUUID } from 'node:crypto'
import * as oauth from 'oauth4webapi'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../harness/person.ts'
import { DETAILS, EXCHANGE, JWT_BEARER, type OAuthDesk, pairOf, TYPE } from '../oauth-desk.ts'

const insecure = { [oauth.allowInsecureRequests]: true }

/** A client that knows nothing of this broker but its address. */
export function oauth4webapi(deskOf: () => OAuthDesk): void {
  describe('oauth4webapi, unmodified', () => {
    let desk: OAuthDesk
    let as: oauth.AuthorizationServer
    let pair: oauth.CryptoKeyPair
    let client: oauth.Client
    let auth: oauth.ClientAuth
    let agentToken: string
    beforeAll(async () => {
      desk = deskOf()
      pair = await pairOf(desk.agent.key)
      client = { client_id: desk.agent.principal }
      auth = oauth.PrivateKeyJwt({ key: pair.privateKey, kid: desk.agent.key.thumbprint })
      const issuer = new URL(desk.broker.url)
      const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
      as = await oauth.processDiscoveryResponse(issuer, found)
    })
    const token = async (grant: string, parameters: Record<string, string>, keys = pair, by = auth) => {
      const options = { DPoP: oauth.DPoP(client, keys), ...insecure }
      const response = await oauth.genericTokenEndpointRequest(as, client, by, grant, parameters, options)
      return await oauth.processGenericTokenEndpointResponse(as, client, response)
    }

    it('RFC 8414: discovers the server in both ways, and RFC 9728 the resource', async () => {
      const issuer = new URL(desk.broker.url)
      const openid = await oauth.processDiscoveryResponse(
        issuer,
        await oauth.discoveryRequest(issuer, insecure),
      )
      expect(openid.token_endpoint).toBe(as.token_endpoint)
      const response = await oauth.resourceDiscoveryRequest(issuer, insecure)
      const resource = await oauth.processResourceDiscoveryResponse(issuer, response)
      expect(resource.authorization_servers).toEqual([as.issuer])
    })

    it('RFC 7523 §2.1, RFC 9449 §5: signs in with an assertion, and authenticates as a client', async () => {
      const now = Math.floor(Date.now() / 1000)
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
      const claims = {
        iss: client.client_id,
        sub: client.client_id,
        aud: as.issuer,
        jti: randomUUID(),
        iat: now,
        exp: now + 60,
      }
      const signed = `${encode({ alg: 'ES256', kid: desk.agent.key.thumbprint })}.${encode(claims)}`
      const assertion = `${signed}.${desk.agent.key.sign(Buffer.from(signed)).toString('base64url')}`
      const answer = await token(JWT_BEARER, { assertion, resource: as.issuer })
      expect(answer.token_type).toBe('dpop')
      agentToken = answer.access_token
    })

    it('RFC 8693: starts a task, hands a part on, uses it, asks about it and revokes it', async () => {
      const started = await token(EXCHANGE, {
        subject_token: agentToken,
        subject_token_type: TYPE,
        scope: 'orders-ro',
        authorization_details: JSON.stringify([
          { type: DETAILS, environment: 'staging', purpose: 'by the book' },
        ]),
      })
      expect(started['issued_token_type']).toBe(TYPE)
      const childPair = await oauth.generateKeyPair('ES256', { extractable: false })
      const parameters = { subject_token: started.access_token, subject_token_type: TYPE, scope: 'orders-ro' }
      const child = await token(EXCHANGE, parameters, childPair)
      expect(child.scope).toBe('orders-ro')

      const used = await oauth.protectedResourceRequest(
        child.access_token,
        'GET',
        new URL(`${desk.broker.url}/v1/whoami`),
        undefined,
        undefined,
        { DPoP: oauth.DPoP(client, childPair), ...insecure },
      )
      expect(await used.json()).toMatchObject({ principal: 'agent:fixer', environment: 'staging' })

      const about = async () => {
        const response = await oauth.introspectionRequest(as, client, auth, child.access_token, insecure)
        return await oauth.processIntrospectionResponse(as, client, response)
      }
      expect(await about()).toMatchObject({ active: true, act: { sub: 'agent:fixer' }, scope: 'orders-ro' })
      const revoked = await oauth.revocationRequest(as, client, auth, started.access_token, insecure)
      await oauth.processRevocationResponse(revoked)
      expect(await about()).toEqual({ active: false })
    })

    it('RFC 9449 §8: where its clock is wrong it is given a nonce, and goes on with it', async () => {
      const late: oauth.Client = { ...client, [oauth.clockSkew]: -600 }
      const DPoP = oauth.DPoP(late, pair)
      const start = async () => {
        const parameters = {
          subject_token: agentToken,
          subject_token_type: TYPE,
          scope: 'orders-ro',
          authorization_details: JSON.stringify([{ type: DETAILS, environment: 'staging', purpose: 'late' }]),
        }
        const response = await oauth.genericTokenEndpointRequest(as, client, auth, EXCHANGE, parameters, {
          DPoP,
          ...insecure,
        })
        return await oauth.processGenericTokenEndpointResponse(as, client, response)
      }
      const refused = await start().then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(oauth.isDPoPNonceError(refused)).toBe(true)
      expect((await start()).access_token).toBeTruthy()
    })

    it('RFC 8628: asks a person, waits for them, and gets a token of theirs', async () => {
      const device: oauth.Client = { client_id: 'broker-cli' }
      const own = await oauth.generateKeyPair('ES256')
      const DPoP = oauth.DPoP(device, own)
      const parameters = { dpop_jkt: await DPoP.calculateThumbprint() }
      const asked = await oauth.deviceAuthorizationRequest(as, device, oauth.None(), parameters, insecure)
      const waiting = await oauth.processDeviceAuthorizationResponse(as, device, asked)
      const path = '/v1/device/approve'
      await ask(desk.broker, { path, body: { user_code: waiting.user_code }, token: desk.person.token })
      const response = await oauth.deviceCodeGrantRequest(as, device, oauth.None(), waiting.device_code, {
        DPoP,
        ...insecure,
      })
      const answer = await oauth.processDeviceCodeResponse(as, device, response)
      expect(answer.token_type).toBe('dpop')
    })

    it('RFC 9068, RFC 9449 §7: a resource server that uses it accepts our tokens and proofs', async () => {
      const url = `${desk.broker.url}/v1/tasks`
      let seen: Request | undefined
      await oauth.protectedResourceRequest(agentToken, 'GET', new URL(url), undefined, undefined, {
        DPoP: oauth.DPoP(client, pair),
        ...insecure,
        [oauth.customFetch]: (input, init) => {
          seen = new Request(input, init as RequestInit)
          return fetch(seen.clone())
        },
      })
      const claims = await oauth.validateJwtAccessToken(as, seen as Request, desk.broker.url, {
        requireDPoP: true,
        ...insecure,
      })
      expect(claims).toMatchObject({ client_id: 'agent:fixer', sub: 'user:mia' })
    })
  })
}
