import { BrokerError } from '@credbroker/core/errors'
import { idPattern } from '@credbroker/core/ids'
import { page } from '@credbroker/core/wire/admin'
import {
  type ApprovalView,
  approval,
  approvalAnswer,
  batchRequest,
  optionsAnswer,
  optionsRequest,
  signedAnswer,
} from '@credbroker/core/wire/approvals'
import { z } from '@hono/zod-openapi'
import type { Caller } from '../../application/identity/caller.ts'
import { APPROVAL_STATES, type Approval } from '../../domain/approval.ts'
import { callerOf, provenCaller, taskOnly } from '../caller-of.ts'
import { limit, route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { approvalView } from '../views/approval.ts'
import { defined } from './tasks.ts'

const tag = 'Approvals'
const params = z.object({ id: z.string().regex(idPattern('approval')) })

export function approvalRoutes(server: Server, deps: HttpDeps): void {
  const { approvals, gateway } = deps.cases
  const viewer: Viewer = async (caller, all) => {
    const { snapshot } = await deps.cases.parts.config.current()
    const beside = await approvals.beside(caller, all)
    return (one) => approvalView(one, { snapshot, linkTo: approvals.linkTo, caller, ...beside(one) })
  }
  const view = async (caller: Caller, one: Approval) => (await viewer(caller, [one]))(one)
  listRoute(server, deps, viewer)

  const find = { tag, summary: 'One question and what became of it', params, answer: approval }
  server.openapi(route('get', '/v1/approvals/{id}', find), async (c) => {
    const caller = await provenCaller(c, deps)
    return c.json(await view(caller, await approvals.find(caller, c.req.valid('param').id)), 200)
  })

  const batch = {
    tag,
    summary: 'Ask once for several calls of one scope; nothing is sent',
    body: batchRequest,
    answer: approvalAnswer,
    status: 202 as const,
  }
  server.openapi(route('post', '/v1/approvals', batch), async (c) => {
    const caller = await callerOf(c, deps)
    taskOnly(caller)
    const { scope, requests } = c.req.valid('json')
    const asked = await gateway.askBatch(caller, {
      scope,
      requests: requests.map(({ method, path, headers = {}, body = '' }) => ({
        method,
        target: path,
        headers: Object.entries(headers),
        body: Buffer.from(body),
      })),
      signal: c.req.raw.signal,
    })
    if (!asked) throw new BrokerError('invalid_request', { detail: 'None of them needs a person: send them' })
    c.header('location', `/v1/approvals/${asked.id}`)
    c.header('broker-approval', asked.id)
    return c.json({ approval: await view(caller, asked), detail: asked.reason }, 202)
  })

  const options = {
    tag,
    summary: 'Begin to answer: what a passkey is to sign; for approvers at the console',
    params,
    body: optionsRequest,
    answer: optionsAnswer,
  }
  server.openapi(route('post', '/v1/approvals/{id}/options', options), async (c) => {
    const { verdict, reason = null } = c.req.valid('json')
    const caller = await provenCaller(c, deps)
    const { document, ...rest } = await approvals.options(caller, c.req.valid('param').id, {
      verdict,
      reason,
    })
    return c.json({ ...rest, document: { ...document }, options: { ...rest.options } }, 200)
  })

  for (const verdict of ['approve', 'deny'] as const) {
    const answer = {
      tag,
      summary: verdict === 'approve' ? 'Approve, signed by a passkey' : 'Deny, signed by a passkey',
      params,
      body: signedAnswer,
      answer: approval,
    }
    server.openapi(route('post', `/v1/approvals/{id}/${verdict}`, answer), async (c) => {
      const caller = await provenCaller(c, deps)
      const { reason = null, expiry, response } = c.req.valid('json')
      const word = { verdict, reason, expiry, response: response as never }
      return c.json(await view(caller, await approvals.answer(caller, c.req.valid('param').id, word)), 200)
    })
  }
}

type Viewer = (caller: Caller, all: readonly Approval[]) => Promise<(one: Approval) => ApprovalView>

function listRoute(server: Server, deps: HttpDeps, viewer: Viewer): void {
  const query = z.object({
    state: z.enum(APPROVAL_STATES).optional(),
    environment: z.string().max(100).optional(),
    cursor: z.string().regex(idPattern('approval')).optional(),
    limit,
  })
  const list = { tag, summary: 'Questions, newest first', query, answer: page(approval) }
  server.openapi(route('get', '/v1/approvals', list), async (c) => {
    const caller = await provenCaller(c, deps)
    const { limit: size, ...filter } = c.req.valid('query')
    const { items, next } = await deps.cases.approvals.list(caller, { ...defined(filter), limit: size })
    const view = await viewer(caller, items)
    return c.json({ items: items.map(view), ...(next !== undefined && { next_cursor: next }) }, 200)
  })
}
