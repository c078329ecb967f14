import { idPattern } from '@credbroker/core/ids'
import { breakGlassList, breakGlassRequest, breakGlassView } from '@credbroker/core/wire/break-glass'
import { z } from '@hono/zod-openapi'
import { requireRole } from '../../application/identity/caller.ts'
import { brokenNow } from '../../domain/break-glass.ts'
import { consoleUrl } from '../../domain/console-url.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { viewBreakGlass } from '../views/break-glass.ts'

const tag = 'Break-glass'

export function breakGlassRoutes(server: Server, deps: HttpDeps): void {
  const { cases, world, issuer } = deps
  const start = {
    tag,
    summary: 'Let one agent go beyond policy in one environment for a while; for admins, with a passkey',
    body: breakGlassRequest,
    answer: breakGlassView,
    status: 201 as const,
  }
  server.openapi(route('post', '/v1/break-glass', start), async (c) => {
    const caller = await provenCaller(c, deps)
    return c.json(viewBreakGlass(await cases.startBreakGlass(caller, c.req.valid('json'))), 201)
  })
  const list = { tag, summary: 'What is broken at the moment', answer: breakGlassList }
  server.openapi(route('get', '/v1/break-glass', list), async (c) => {
    requireRole(await provenCaller(c, deps), 'viewer')
    const { snapshot } = await cases.parts.config.newest()
    const items = brokenNow(snapshot, world.clock.now()).map(viewBreakGlass)
    return c.json({ items, console_url: consoleUrl(issuer) }, 200)
  })
  const end = {
    tag,
    summary: 'End one early, with everything that only it permitted',
    params: z.object({ id: z.string().regex(idPattern('breakGlass')) }),
    answer: breakGlassView,
  }
  server.openapi(route('delete', '/v1/break-glass/{id}', end), async (c) => {
    const caller = await provenCaller(c, deps)
    return c.json(viewBreakGlass(await cases.endBreakGlass(caller, c.req.valid('param').id)), 200)
  })
}
