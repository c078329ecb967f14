import { page } from '@credbroker/core/wire/admin'
import { kindView } from '@credbroker/core/wire/kinds'
import { listKinds } from '../../application/config/list-kinds.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

export function kindRoutes(server: Server, deps: HttpDeps): void {
  const kinds = listKinds(deps.world)
  const list = {
    tag: 'Configuration',
    summary: 'List kinds of providers and connectors, and what a root and a scope of each say',
    answer: page(kindView),
  }
  server.openapi(route('get', '/v1/kinds', list), async (c) =>
    c.json({ items: kinds(await provenCaller(c, deps)) }, 200),
  )
}
