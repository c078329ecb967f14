import { z } from '@hono/zod-openapi'
import { oauthCaller } from '../../oauth/client.ts'
import { oauthEndpoint } from '../../oauth/endpoint.ts'
import type { HttpDeps, Server } from '../../server.ts'

const form = z.object({
  token: z.string(),
  token_type_hint: z.string().optional(),
  client_id: z.string().optional(),
  client_assertion_type: z.string().optional(),
  client_assertion: z.string().optional(),
})

/** `POST /oauth/revoke` (RFC 7009). */
export function revokeRoute(server: Server, deps: HttpDeps): void {
  const summary = 'End what a token points to: a task, or a key that was lent or is from a login (RFC 7009)'
  oauthEndpoint(server, '/oauth/revoke', { summary, form }, async (c, parameters) => {
    const caller = await oauthCaller(c, deps, parameters)
    await deps.cases.oauth.revoke(caller, parameters.need('token'))
    // RFC 7009 §2.2: the body is not read by anybody.
    return c.body(null, 200)
  })
}
