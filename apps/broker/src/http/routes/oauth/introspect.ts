import { z } from '@hono/zod-openapi'
import { oauthCaller } from '../../oauth/client.ts'
import { oauthEndpoint } from '../../oauth/endpoint.ts'
import type { HttpDeps, Server } from '../../server.ts'
import { introspectionView } from '../../views/oauth.ts'

const form = z.object({
  token: z.string(),
  token_type_hint: z.string().optional(),
  client_id: z.string().optional(),
  client_assertion_type: z.string().optional(),
  client_assertion: z.string().optional(),
})
const answer = z.looseObject({ active: z.boolean() })

/** `POST /oauth/introspect` (RFC 7662). */
export function introspectRoute(server: Server, deps: HttpDeps): void {
  const summary = 'Whether a token is good right now, and what for (RFC 7662)'
  oauthEndpoint(server, '/oauth/introspect', { summary, form, answer }, async (c, parameters) => {
    const caller = await oauthCaller(c, deps, parameters)
    const live = await deps.cases.oauth.introspect(caller, parameters.need('token'))
    return c.json(introspectionView(deps.issuer, live), 200)
  })
}
