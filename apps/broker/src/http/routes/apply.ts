import { applyRequest, plan } from '@credbroker/core/wire/admin'
import type { Planned } from '../../application/config/apply-config.ts'
import { wideningContext } from '../../application/config/widening-context.ts'
import { namedApproval } from '../approval-pending.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { viewPlan } from '../views/config.ts'

const tag = 'Configuration'

export function applyRoutes(server: Server, deps: HttpDeps): void {
  const { cases } = deps
  const answerPlan = async (planned: Planned) => {
    const { snapshot } = await cases.parts.config.current()
    return viewPlan(planned, wideningContext(snapshot, planned.changes))
  }
  server.openapi(
    route('post', '/v1/plan', {
      tag,
      summary: 'What applying would change',
      body: applyRequest,
      answer: plan,
    }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      return c.json(await answerPlan(await cases.planConfig(caller, c.req.valid('json'))), 200)
    },
  )
  server.openapi(
    route('post', '/v1/apply', {
      tag,
      summary: 'Make the configuration what the files say',
      approvable: true,
      body: applyRequest,
      answer: plan,
    }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      const { expected_version: expectedVersion, ...order } = c.req.valid('json')
      const approval = namedApproval(c)
      const applied = await cases.applyConfig(caller, order, { expectedVersion, approval })
      return c.json(await answerPlan(applied), 200)
    },
  )
}
