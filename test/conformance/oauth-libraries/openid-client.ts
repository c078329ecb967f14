import * as client from 'openid-client'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../harness/person.ts'
import { DETAILS, EXCHANGE, type OAuthDesk, pairOf, TYPE } from '../oauth-desk.ts'

/** The same with a library that hides more of the protocol, and finds the server by OpenID discovery. */
export function openidClient(deskOf: () => OAuthDesk): void {
  describe('openid-client, unmodified', () => {
    let desk: OAuthDesk
    let config: client.Configuration
    let DPoP: client.DPoPHandle
    const options = { execute: [client.allowInsecureRequests] }
    beforeAll(async () => {
      desk = deskOf()
      const pair = await pairOf(desk.agent.key)
      const auth = client.PrivateKeyJwt({ key: pair.privateKey, kid: desk.agent.key.thumbprint })
      const issuer = new URL(desk.broker.url)
      config = await client.discovery(issuer, desk.agent.principal, undefined, auth, options)
      DPoP = client.getDPoPHandle(config, pair)
    })

    it('starts a task, hands a part on, uses it, asks about it, and revokes it', async () => {
      const started = await client.genericGrantRequest(
        config,
        EXCHANGE,
        {
          subject_token: await desk.agentToken(),
          subject_token_type: TYPE,
          scope: 'orders-ro',
          resource: desk.broker.url,
          authorization_details: JSON.stringify([
            { type: DETAILS, environment: 'staging', purpose: 'by the book' },
          ]),
        },
        { DPoP },
      )
      const own = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
      const parameters = { subject_token: started.access_token, subject_token_type: TYPE, scope: 'orders-ro' }
      const child = await client.genericGrantRequest(config, EXCHANGE, parameters, { DPoP: own })
      const url = new URL(`${desk.broker.url}/v1/whoami`)
      const used = await client.fetchProtectedResource(
        config,
        child.access_token,
        url,
        'GET',
        undefined,
        undefined,
        {
          DPoP: own,
        },
      )
      expect(await used.json()).toMatchObject({ principal: 'agent:fixer' })
      expect(await client.tokenIntrospection(config, child.access_token)).toMatchObject({ active: true })
      await client.tokenRevocation(config, started.access_token)
      expect(await client.tokenIntrospection(config, child.access_token)).toEqual({ active: false })
    })

    it('waits for a person by the device flow (RFC 8628)', async () => {
      const issuer = new URL(desk.broker.url)
      const device = await client.discovery(issuer, 'broker-cli', undefined, client.None(), options)
      const own = client.getDPoPHandle(device, await client.randomDPoPKeyPair())
      const waiting = await client.initiateDeviceAuthorization(device, {
        dpop_jkt: await own.calculateThumbprint(),
        host: 'laptop-8',
      })
      const path = '/v1/device/approve'
      await ask(desk.broker, { path, body: { user_code: waiting.user_code }, token: desk.person.token })
      const answer = await client.pollDeviceAuthorizationGrant(device, waiting, undefined, { DPoP: own })
      expect(answer.access_token).toBeTruthy()
    })
  })
}
