import {
  impact,
  impactRequest,
  type Simulation,
  simulateRequest,
  simulation,
} from '@credbroker/core/wire/simulate'
import type { Outcome } from '../../application/config/simulate.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'

const tag = 'Configuration'

/** What policies would say, as they are and as a draft would have them. */
export function simulateRoutes(server: Server, deps: HttpDeps): void {
  const { cases } = deps
  const ask = {
    tag,
    summary: 'What would be decided, and why',
    body: simulateRequest,
    answer: simulation,
  }
  server.openapi(route('post', '/v1/simulate', ask), async (c) => {
    const caller = await provenCaller(c, deps)
    const { ttl, ...question } = c.req.valid('json')
    const { draft, ...now } = await cases.simulate(caller, { ...question, ttlSeconds: ttl })
    return c.json({ ...view(now), ...(draft && { draft: view(draft) }) }, 200)
  })
  const compare = {
    tag,
    summary: 'What a draft of policies would change',
    body: impactRequest,
    answer: impact,
  }
  server.openapi(route('post', '/v1/simulate/impact', compare), async (c) => {
    const caller = await provenCaller(c, deps)
    return c.json(await cases.draftImpact(caller, c.req.valid('json').draft), 200)
  })
}

const view = ({ verdict, decisions }: Outcome): Simulation => ({
  verdict,
  decisions: decisions.map(({ access, operation, decision }) => {
    const reasons = 'reasons' in decision ? decision.reasons.map(({ reason }) => reason) : []
    return {
      access,
      ...(operation !== undefined && { operation }),
      verdict: decision.verdict,
      ...(decision.verdict === 'approval' && { level: decision.level }),
      policies: [...decision.policies],
      reasons,
      explanation: reasons,
    }
  }),
})
