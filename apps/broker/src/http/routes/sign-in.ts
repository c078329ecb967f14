import { BrokerError } from '@credbroker/core/errors'
import {
  assertionRequest,
  recoveryRequest,
  sessionStarted,
  setupAnswer,
  setupOptionsAnswer,
  setupOptionsRequest,
  setupRequest,
  ssoRequest,
  ssoStartRequest,
  webauthnOptions,
} from '@credbroker/core/wire/people'
import { z } from '@hono/zod-openapi'
import { fromOf } from '../from.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { viewBegan } from '../views/people.ts'

const tag = 'Sign in'
const open = true
const started = { tag, open, answer: sessionStarted, status: 201 as const }

/** How somebody whom nobody knows yet becomes somebody: by setup link, passkey, recovery code or single sign-on. */
export function signInRoutes(server: Server, deps: HttpDeps): void {
  const { people, sso } = deps.cases

  const begin = {
    tag,
    open,
    summary: 'What a browser needs to make the first passkey of a setup link',
    body: setupOptionsRequest,
    answer: setupOptionsAnswer,
  }
  server.openapi(route('post', '/v1/setup/options', begin), async (c) => {
    const { user, options } = await people.setupOptions(c.req.valid('json').token, fromOf(c))
    return c.json({ user, options }, 200)
  })
  const setUp = {
    ...started,
    summary: 'Redeem a setup link for a passkey, recovery codes and a session',
    body: setupRequest,
    answer: setupAnswer,
  }
  server.openapi(route('post', '/v1/setup', setUp), async (c) => {
    const done = await people.setUpAccount(c.req.valid('json'), fromOf(c))
    return c.json({ ...viewBegan(done), recovery_codes: done.codes }, 201)
  })

  const ask = {
    tag,
    open,
    summary: 'What a browser needs to sign in with a passkey',
    answer: webauthnOptions,
  }
  server.openapi(route('post', '/v1/sessions/options', ask), async (c) =>
    c.json(await people.signInOptions(), 200),
  )
  const byPasskey = { ...started, summary: 'Sign in with a passkey', body: assertionRequest }
  server.openapi(route('post', '/v1/sessions', byPasskey), async (c) => {
    const began = await people.signInPasskey(c.req.valid('json').response, fromOf(c))
    return c.json(viewBegan(began), 201)
  })
  const byCode = {
    ...started,
    summary: 'Use a recovery code: a short session that can register a passkey and nothing else',
    body: recoveryRequest,
  }
  server.openapi(route('post', '/v1/sessions/recovery', byCode), async (c) => {
    const began = await people.takeRecoveryCode(c.req.valid('json').code, fromOf(c))
    return c.json(viewBegan(began), 201)
  })

  const leave = {
    tag,
    open,
    summary: 'Where single sign-on begins',
    body: ssoStartRequest,
    answer: z.strictObject({ url: z.string() }),
  }
  server.openapi(route('post', '/v1/sessions/sso/start', leave), async (c) => {
    if (!sso) throw noSso()
    return c.json({ url: await sso.start(c.req.valid('json').binding) }, 200)
  })
  const back = { ...started, summary: 'Sign in with what the identity provider answered', body: ssoRequest }
  server.openapi(route('post', '/v1/sessions/sso', back), async (c) => {
    if (!sso) throw noSso()
    return c.json(viewBegan(await sso.signIn(c.req.valid('json'), fromOf(c))), 201)
  })
}

const noSso = () => new BrokerError('not_found', { detail: 'Single sign-on is not set up here' })
