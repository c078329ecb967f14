import { integrityView } from '@credbroker/core/wire/integrity'
import { requireRole } from '../../application/identity/caller.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

export function integrityRoutes(server: Server, deps: HttpDeps): void {
  const { config } = deps.cases.parts
  const shape = {
    tag: 'Configuration',
    summary: 'Which stored rows are not the ones that were written last, or are gone',
    answer: integrityView,
  }
  server.openapi(route('get', '/v1/integrity', shape), async (c) => {
    requireRole(await provenCaller(c, deps), 'viewer')
    const items = (await config.newest()).snapshot
      .tampered()
      .map(({ table, key, gone }) => ({ table, name: key, gone }))
    return c.json({ items }, 200)
  })
}
