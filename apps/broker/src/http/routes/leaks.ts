import { leakAccepted, leakAnswer, leakReport } from '@credbroker/core/wire/leaks'
import { createRoute } from '@hono/zod-openapi'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

const report = route('post', '/v1/leaks', {
  tag: 'Leaks',
  summary: 'Report secrets that were found where they should not be',
  body: leakReport,
  answer: leakAnswer,
})
const accepted = {
  description: 'Taken in. All that whoever may not operate is told, whatever was reported',
  content: { 'application/json': { schema: leakAccepted } },
}

export function leakRoutes(server: Server, deps: HttpDeps): void {
  const described = createRoute({ ...report, responses: { ...report.responses, 202: accepted } })
  server.openapi(described, async (c) => {
    const caller = await provenCaller(c, deps)
    const order = c.req.valid('json')
    const findings = await deps.cases.reportLeaks(caller, order)
    return findings ? c.json({ findings }, 200) : c.json({ accepted: order.findings.length }, 202)
  })
}
