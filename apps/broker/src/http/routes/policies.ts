import { policySource } from '@credbroker/core/config/document'
import { BrokerError } from '@credbroker/core/errors'
import { page, policyView } from '@credbroker/core/wire/admin'
import { policyPut } from '@credbroker/core/wire/objects'
import { NO_REVISION } from '@credbroker/core/wire/owned'
import { policyCheck, policyDraft } from '@credbroker/core/wire/simulate'
import { GUARDRAILS } from '@credbroker/policy/texts.gen'
import { z } from '@hono/zod-openapi'
import { requireRole } from '../../application/identity/caller.ts'
import { namedApproval } from '../approval-pending.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { owned } from '../views/owned.ts'

const tag = 'Configuration'
const { name } = policySource.shape
/** A guardrail goes by the name of its file. */
const params = z.object({ name })
const path = '/v1/policies/{name}'

export function policyRoutes(server: Server, deps: HttpDeps): void {
  const { cases } = deps
  const all = async () => {
    const { snapshot } = await cases.parts.config.newest()
    const shipped = GUARDRAILS.map((guardrail) => ({
      name: guardrail.name,
      text: guardrail.text,
      guardrail: true,
      source: 'files' as const,
      disabled: false,
      tampered: false,
      revision: NO_REVISION,
    }))
    const stored = snapshot.rows.policies.map((entry) => ({
      name: entry.row.name,
      text: entry.row.text,
      guardrail: false,
      ...owned('policies', entry, snapshot),
    }))
    return [...shipped, ...stored]
  }
  const one = async (wanted: string) => {
    const policies = await all()
    const found =
      policies.find((policy) => policy.name === wanted) ??
      policies.find((policy) => policy.guardrail && policy.name === `guardrails/${wanted}`)
    if (!found) throw new BrokerError('not_found')
    return found
  }

  server.openapi(
    route('get', '/v1/policies', {
      tag,
      summary: 'List policies, the shipped guardrails first',
      answer: page(policyView),
    }),
    async (c) => {
      requireRole(await provenCaller(c, deps), 'viewer')
      return c.json({ items: await all() }, 200)
    },
  )
  server.openapi(
    route('get', path, { tag, summary: 'One policy', params, answer: policyView }),
    async (c) => {
      requireRole(await provenCaller(c, deps), 'viewer')
      return c.json(await one(c.req.valid('param').name), 200)
    },
  )
  const put = {
    tag,
    summary: 'Put one policy that files do not own',
    params: z.object({ name }),
    body: policyPut,
    answer: policyView,
    approvable: true,
  }
  server.openapi(route('put', path, put), async (c) => {
    const caller = await provenCaller(c, deps)
    const { name: wanted } = c.req.valid('param')
    const { text, expected_revision: expectedRevision } = c.req.valid('json')
    await cases.putPolicy(caller, { name: wanted, text }, { expectedRevision, approval: namedApproval(c) })
    return c.json(await one(wanted), 200)
  })
  const check = {
    tag,
    summary: 'What is wrong with policies as a draft would leave them; nothing is stored',
    body: policyDraft,
    answer: policyCheck,
  }
  server.openapi(route('post', '/v1/policies/check', check), async (c) => {
    const caller = await provenCaller(c, deps)
    return c.json({ findings: await cases.checkDraft(caller, c.req.valid('json')) }, 200)
  })
  const remove = {
    tag,
    summary: 'Remove one policy that files do not own',
    params: z.object({ name }),
    answer: z.strictObject({ name: z.string() }),
    approvable: true,
  }
  server.openapi(route('delete', path, remove), async (c) => {
    const caller = await provenCaller(c, deps)
    const wanted = c.req.valid('param').name
    await cases.removePolicy(caller, wanted, namedApproval(c))
    return c.json({ name: wanted }, 200)
  })
}
