import { BrokerError } from '@credbroker/core/errors'
import { idPattern } from '@credbroker/core/ids'
import { page } from '@credbroker/core/wire/admin'
import { GRANT_STATES, grant, LEASE_STATES, lease } from '@credbroker/core/wire/tasks'
import { z } from '@hono/zod-openapi'
import { actorOf, requireRole, visibleAgent } from '../../application/identity/caller.ts'
import { provenCaller } from '../caller-of.ts'
import { limit, paged, route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { grantView } from '../views/grant.ts'
import { leaseView } from '../views/lease.ts'
import { defined } from './tasks.ts'

const taskId = z.string().regex(idPattern('task'))

export function grantRoutes(server: Server, deps: HttpDeps): void {
  const { cases, world } = deps
  const { tasks, leases } = world.stores

  const grantQuery = z.strictObject({
    state: z.enum(GRANT_STATES).optional(),
    task: taskId.optional(),
    cursor: taskId.optional(),
    limit,
  })
  const listGrants = {
    tag: 'Grants',
    summary: 'List grants, newest task first',
    query: grantQuery,
    answer: page(grant),
  }
  server.openapi(route('get', '/v1/grants', listGrants), async (c) => {
    const caller = await provenCaller(c, deps)
    const { limit: size, state, task, cursor } = c.req.valid('query')
    const agent = visibleAgent(caller)
    const found = task
      ? [await tasks.find(task)].filter((one) => one && (agent === undefined || one.task.agent === agent))
      : await tasks.list({ ...defined({ cursor, agent }), limit: size })
    const items = found
      .flatMap((one) => one?.grants ?? [])
      .filter((one) => state === undefined || one.state === state)
    const last = found.at(-1)?.task.id
    const more = !task && found.length === size && last
    return c.json(
      {
        items: items.map((one) => grantView(one, cases.approvals.linkTo)),
        ...(more && { next_cursor: more }),
      },
      200,
    )
  })

  const grantId = z.object({ id: z.string().regex(idPattern('grant')) })
  const endGrant = {
    tag: 'Grants',
    summary: 'Revoke a grant and what was minted under it',
    params: grantId,
    answer: z.strictObject({ leases: z.array(lease) }),
  }
  server.openapi(route('delete', '/v1/grants/{id}', endGrant), async (c) => {
    const caller = await provenCaller(c, deps)
    requireRole(caller, 'operator')
    const ended = await cases.end({ grant: c.req.valid('param').id }, 'revoked', caller)
    if (ended.grants.length === 0)
      throw new BrokerError('not_found', { detail: 'No living grant has this id' })
    return c.json({ leases: ended.leases.map(leaseView) }, 200)
  })

  const leaseQuery = z.strictObject({
    state: z.enum(LEASE_STATES).optional(),
    task: taskId.optional(),
    provider: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/)
      .optional(),
    cursor: z.string().regex(idPattern('lease')).optional(),
    limit,
  })
  server.openapi(
    route('get', '/v1/leases', {
      tag: 'Leases',
      summary: 'List leases',
      query: leaseQuery,
      answer: page(lease),
    }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      const { limit: size, ...filter } = c.req.valid('query')
      const found = await leases.list({ ...defined({ ...filter, agent: visibleAgent(caller) }), limit: size })
      return c.json(
        paged(found.map(leaseView), size, ({ id }) => id),
        200,
      )
    },
  )

  const leaseId = z.object({ id: z.string().regex(idPattern('lease')) })
  server.openapi(
    route('delete', '/v1/leases/{id}', {
      tag: 'Leases',
      summary: 'Revoke one lease',
      params: leaseId,
      answer: lease,
    }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      requireRole(caller, 'operator')
      const { id } = c.req.valid('param')
      const event = cases.parts.record({
        type: 'lease.revoked',
        phase: 'event',
        actor: actorOf(caller),
        request: caller.requestId,
        lease: id,
      })
      const revoked = await cases.revokeLease(id, [event])
      if (!revoked) throw new BrokerError('not_found')
      return c.json(leaseView(revoked), 200)
    },
  )
}
