import { access, name } from '@credbroker/core/names'
import { principal } from '@credbroker/core/wire/admin'
import { whoHasWrite } from '@credbroker/core/wire/who-has-write'
import { z } from '@hono/zod-openapi'
import { whoHasWriteCases } from '../../application/reports/who-has-write-cases.ts'
import { provenCaller } from '../caller-of.ts'
import { route, wholeNumber } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

const query = z.strictObject({
  environment: name.optional(),
  access: access.optional(),
  principal: principal.optional(),
  unused_days: wholeNumber(1, 3650, 90),
  cursor: principal.optional(),
  limit: wholeNumber(1, 100, 25),
})

export function whoHasWriteRoutes(server: Server, deps: HttpDeps): void {
  const { cases, world } = deps
  const answers = whoHasWriteCases({ config: cases.parts.config, stores: world.stores, clock: world.clock })
  const shape = {
    tag: 'Reports',
    summary:
      'Who could do what, where, by whose approval and through which policy, and what of it nobody uses',
    query,
    answer: whoHasWrite,
  }
  server.openapi(route('get', '/v1/reports/who-has-write', shape), async (c) => {
    const caller = await provenCaller(c, deps)
    const { unused_days: unusedDays, ...asked } = c.req.valid('query')
    return c.json(await answers.whoHasWrite(caller, { ...asked, unusedDays }), 200)
  })
}
