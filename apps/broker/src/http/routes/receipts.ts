import { idPattern } from '@credbroker/core/ids'
import { receipt } from '@credbroker/core/wire/receipts'
import { z } from '@hono/zod-openapi'
import { provenCaller } from '../caller-of.ts'
import { route, wholeNumber } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

const params = z.object({ task: z.string().regex(idPattern('task')) })
const CURSOR = /^([1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,14})$/
const query = z.strictObject({
  cursor: z.string().regex(CURSOR).optional(),
  limit: wholeNumber(1, 1000, 500),
})

export function receiptRoutes(server: Server, deps: HttpDeps): void {
  const one = {
    tag: 'Audit',
    summary: 'One task as a provable document',
    params,
    query,
    answer: receipt,
    waits: true,
  }
  server.openapi(route('get', '/v1/receipts/{task}', one), async (c) => {
    const caller = await provenCaller(c, deps)
    const { cursor, limit } = c.req.valid('query')
    const [, size, after] = CURSOR.exec(cursor ?? '') ?? []
    const place = size && after ? { size: Number(size), after: Number(after) } : undefined
    return c.json(await deps.cases.makeReceipt(caller, c.req.valid('param').task, limit, place), 200)
  })
}
