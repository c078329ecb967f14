import { freezeRequest, freezeView } from '@credbroker/core/wire/admin'
import { z } from '@hono/zod-openapi'
import { requireRole } from '../../application/identity/caller.ts'
import type { Freeze } from '../../domain/config.ts'
import { namedApproval } from '../approval-pending.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

const freezes = z.strictObject({ items: z.array(freezeView) })
const view = (held: readonly Freeze[]) => ({
  items: held.map(({ target, by, at, reason }) => ({ target, by, at, ...(reason !== null && { reason }) })),
})

export function freezeRoutes(server: Server, deps: HttpDeps): void {
  const { cases } = deps
  const set = {
    tag: 'Freeze',
    summary: 'Stop everything under a target and end what lives',
    body: freezeRequest,
    answer: freezes,
  }
  server.openapi(route('post', '/v1/freeze', set), async (c) => {
    const caller = await provenCaller(c, deps)
    const { reason, ...target } = c.req.valid('json')
    return c.json(view(await cases.freeze(caller, target, reason ?? null)), 200)
  })
  const lift = {
    tag: 'Freeze',
    summary: 'Lift a freeze; what it ended stays ended',
    approvable: true,
    body: freezeRequest,
    answer: freezes,
  }
  server.openapi(route('post', '/v1/unfreeze', lift), async (c) => {
    const caller = await provenCaller(c, deps)
    const { reason: _, ...target } = c.req.valid('json')
    return c.json(view(await cases.unfreeze(caller, target, namedApproval(c))), 200)
  })
  server.openapi(
    route('get', '/v1/freeze', { tag: 'Freeze', summary: 'What is frozen', answer: freezes }),
    async (c) => {
      requireRole(await provenCaller(c, deps), 'viewer')
      return c.json(view((await cases.parts.config.newest()).snapshot.controls().freezes), 200)
    },
  )
}
