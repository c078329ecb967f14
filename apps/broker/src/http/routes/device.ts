import { LIMITS } from '@credbroker/core/limits'
import { deviceCodeRequest, deviceDecided, deviceRequestView } from '@credbroker/core/wire/oauth'
import { isSession } from '../../application/identity/caller.ts'
import { callerOf } from '../caller-of.ts'
import { fromOf } from '../from.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

const tag = 'Sign in'
const body = deviceCodeRequest

/** What the page of the device flow asks for: who wants to log in, and a person's yes or no. */
export function deviceRoutes(server: Server, deps: HttpDeps): void {
  const { findDevice, decideDevice } = deps.cases.oauth

  const find = { tag, summary: 'Who waits under a user code', body, answer: deviceRequestView }
  server.openapi(route('post', '/v1/device', find), async (c) => {
    const caller = await callerOf(c, deps)
    const request = await findDevice(caller, c.req.valid('json').user_code)
    const { address } = fromOf(c)
    return c.json(
      {
        client: request.client,
        ...(request.host !== null && { host: request.host }),
        ...(request.address !== null && { address: request.address }),
        ...(request.browser !== null && { browser: request.browser }),
        same_address: address !== null && address === request.address,
        key: request.jkt,
        asked_at: request.askedAt,
        ends_at: request.endsAt,
        principal: `user:${caller.name}`,
        roles: isSession(caller) ? [...caller.roles] : [],
        key_seconds: LIMITS.loginKeySeconds,
      },
      200,
    )
  })

  const approve = { tag, summary: 'Let the machine act for you', body, answer: deviceDecided }
  server.openapi(route('post', '/v1/device/approve', approve), async (c) => {
    await decideDevice(await callerOf(c, deps), c.req.valid('json').user_code, 'approved')
    return c.json({ state: 'approved' as const }, 200)
  })

  const deny = { tag, summary: 'Refuse it', body, answer: deviceDecided }
  server.openapi(route('post', '/v1/device/deny', deny), async (c) => {
    await decideDevice(await callerOf(c, deps), c.req.valid('json').user_code, 'denied')
    return c.json({ state: 'denied' as const }, 200)
  })
}
