import { name } from '@credbroker/core/names'
import { invitation } from '@credbroker/core/wire/admin'
import { z } from '@hono/zod-openapi'
import { consoleUrl } from '../../domain/console-url.ts'
import { namedApproval } from '../approval-pending.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

const tag = 'Configuration'
const params = z.object({ name })

export function invitationRoutes(server: Server, deps: HttpDeps): void {
  const { cases } = deps
  for (const kind of ['agent', 'user'] as const) {
    const shape = {
      tag,
      summary: `A one-time token to enrol a key for this ${kind}`,
      params,
      answer: invitation,
      status: 201 as const,
      approvable: true,
    }
    server.openapi(route('post', `/v1/${kind}s/{name}/invitations`, shape), async (c) => {
      const caller = await provenCaller(c, deps)
      const { token, principal, endsAt } = await cases.invite(
        caller,
        `${kind}:${c.req.valid('param').name}`,
        namedApproval(c),
      )
      const link = kind === 'user' && { link: `${consoleUrl(deps.issuer)}/setup#${token}` }
      return c.json({ token, principal, ends_at: endsAt.toISOString(), ...link }, 201)
    })
  }
}
