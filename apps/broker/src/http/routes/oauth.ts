import { BrokerError } from '@credbroker/core/errors'
import { enrolmentAnswer, enrolmentRequest, whoami } from '@credbroker/core/wire/admin'
import { tokenAnswer } from '@credbroker/core/wire/tasks'
import { createRoute, z } from '@hono/zod-openapi'
import { isSession } from '../../application/caller.ts'
import type { UseCases } from '../../application/use-cases.ts'
import { provenCaller, publicUrl } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { viewSessionUser } from '../views/people.ts'
import { tokenView } from '../views/token.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const tag = 'Identity'

interface Parameters {
  readonly grant_type: string
  readonly assertion?: string | undefined
  readonly client_id?: string | undefined
}

interface From {
  readonly dpop: string | undefined
  readonly url: string
  readonly requestId: string
}

type Grant = (parameters: Parameters, from: From) => Promise<Awaited<ReturnType<UseCases['signIn']>>>

export function oauthRoutes(server: Server, deps: HttpDeps): void {
  const { cases, issuer, world } = deps

  /** By grant type: what it makes of the form. Everything else is the same for all. */
  const grants: ReadonlyMap<string, Grant> = new Map([
    [
      JWT_BEARER,
      // An enrolled key signs for itself; a platform signs for a workload that brings a fresh key.
      async ({ assertion, client_id: clientId }: Parameters, from: From) => {
        if (!assertion) throw new BrokerError('invalid_request', { detail: 'assertion is missing' })
        return world.workloads.claimedIssuer(assertion) === undefined
          ? await cases.signIn({ assertion, ...from })
          : await cases.signInWorkload({ assertion, clientId, ...from })
      },
    ],
  ])
  const form = z.object({
    grant_type: z.string().max(200),
    assertion: z.string().max(8192).optional(),
    client_id: z.string().max(200).optional(),
  })
  const token = createRoute({
    method: 'post',
    path: '/oauth/token',
    tags: [tag],
    summary:
      'A token for an enrolled key, or for a workload by the word of its platform (RFC 7523, RFC 9449)',
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
    const parameters = c.req.valid('form')
    const grant = grants.get(parameters.grant_type)
    if (!grant) {
      const known = [...grants.keys()].join(' or ')
      return c.json({ error: 'unsupported_grant_type', error_description: `Use ${known}` }, 400)
    }
    const from = { dpop: c.req.header('dpop'), url: publicUrl(c, issuer), requestId: c.get('requestId') }
    return c.json(tokenView(await grant(parameters, from)), 200)
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
      const caller = await provenCaller(c, deps, { recovering: true })
      if (isSession(caller)) return c.json(viewSessionUser(caller), 200)
      if (caller.kind === 'task') {
        // It may outlive a key that was lent, and that of a child was never enrolled.
        const task = (await world.stores.tasks.find(caller.task))?.task
        const at = task ? { task: task.id, environment: task.environment } : {}
        return c.json({ principal: `agent:${caller.name}`, owner: caller.owner, ...at }, 200)
      }
      const { key } = await cases.parts.keys.live(caller.jkt)
      const own = { principal: key.principal, key_ends_at: key.endsAt }
      if (caller.kind === 'user') return c.json({ ...own, roles: [...caller.roles] }, 200)
      const { environment } = key.lentFor ?? {}
      return c.json({ ...own, owner: caller.owner, ...(environment && { environment }) }, 200)
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
