import { BrokerError } from '@credbroker/core/errors'
import { enrolmentAnswer, enrolmentRequest, whoami } from '@credbroker/core/wire/admin'
import { tokenAnswer } from '@credbroker/core/wire/tasks'
import { createRoute, z } from '@hono/zod-openapi'
import { provenCaller, publicUrl } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { tokenView } from '../views/token.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const tag = 'Identity'

export function oauthRoutes(server: Server, deps: HttpDeps): void {
  const { cases, issuer, world } = deps

  const form = z.object({ grant_type: z.string().max(200), assertion: z.string().max(8192).optional() })
  const token = createRoute({
    method: 'post',
    path: '/oauth/token',
    tags: [tag],
    summary: 'A token for an enrolled key (RFC 7523, RFC 9449)',
    security: [],
    request: { body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: form } } } },
    responses: {
      200: {
        description: 'A DPoP-bound access token',
        content: { 'application/json': { schema: tokenAnswer } },
      },
      400: {
        description: 'Refused (RFC 6749 §5.2)',
        content: {
          'application/json': { schema: z.object({ error: z.string(), error_description: z.string() }) },
        },
      },
    },
  })
  server.openapi(token, async (c) => {
    const { grant_type, assertion } = c.req.valid('form')
    c.header('cache-control', 'no-store')
    if (grant_type !== JWT_BEARER)
      return c.json({ error: 'unsupported_grant_type', error_description: `Use ${JWT_BEARER}` }, 400)
    if (!assertion) throw new BrokerError('invalid_request', { detail: 'assertion is missing' })
    const url = publicUrl(c, issuer)
    const issued = await cases.signIn({
      assertion,
      dpop: c.req.header('dpop'),
      url,
      requestId: c.get('requestId'),
    })
    return c.json(tokenView(issued), 200)
  })

  const enrolment = {
    tag,
    summary: 'Redeem a one-time token for a key of your own',
    body: enrolmentRequest,
    answer: enrolmentAnswer,
    status: 201 as const,
    open: true,
  }
  server.openapi(route('post', '/v1/enrolments', enrolment), async (c) => {
    const { token: secret, key } = c.req.valid('json')
    const url = publicUrl(c, issuer)
    const request = { token: secret, key, dpop: c.req.header('dpop'), url, requestId: c.get('requestId') }
    const { principal, endsAt } = await cases.enrol(request)
    return c.json({ principal, ends_at: endsAt.toISOString() }, 201)
  })

  server.openapi(
    route('get', '/v1/whoami', { tag, summary: 'Who this token is for', answer: whoami }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      const { key } = await cases.parts.keys.live(caller.jkt)
      const own = { principal: key.principal, key_ends_at: key.endsAt }
      if (caller.kind === 'user') return c.json({ ...own, roles: [...caller.roles] }, 200)
      const task = caller.kind === 'task' ? (await world.stores.tasks.find(caller.task))?.task : undefined
      const at = task ? { task: task.id, environment: task.environment } : {}
      return c.json({ ...own, owner: caller.owner, ...at }, 200)
    },
  )

  server.get('/.well-known/jwks.json', async (c) => {
    c.header('cache-control', 'public, max-age=60')
    return c.json(await deps.jwks(world.clock.now()))
  })
  // RFC 8414; the rest of the endpoints comes with the authorization server.
  server.get('/.well-known/oauth-authorization-server', (c) =>
    c.json({
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      grant_types_supported: [JWT_BEARER],
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['ES256'],
      dpop_signing_alg_values_supported: ['ES256'],
    }),
  )
}
