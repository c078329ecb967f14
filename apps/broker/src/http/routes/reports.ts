import { overview } from '@credbroker/core/wire/reports'
import { requireRole } from '../../application/identity/caller.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

export function reportRoutes(server: Server, deps: HttpDeps): void {
  const shape = { tag: 'Reports', summary: 'What goes on, in numbers', answer: overview }
  server.openapi(route('get', '/v1/reports/overview', shape), async (c) => {
    requireRole(await provenCaller(c, deps), 'viewer')
    const { audit, ...rest } = await deps.cases.overview()
    return c.json({ ...rest, audit: { ...audit, kept_outside: deps.checkpoint.sinks.length > 0 } }, 200)
  })
}
