import { idPattern } from '@credbroker/core/ids'
import { name } from '@credbroker/core/names'
import { page } from '@credbroker/core/wire/admin'
import {
  grantsRequest,
  heartbeatAnswer,
  TASK_STATES,
  task,
  taskEnded,
  taskRequest,
  taskStarted,
} from '@credbroker/core/wire/tasks'
import { z } from '@hono/zod-openapi'
import { hasRole, visibleAgent } from '../../application/identity/caller.ts'
import { ownTask, visibleTask } from '../../application/tasks/own-task.ts'
import { agentOnly, callerOf, provenCaller, workerOnly } from '../caller-of.ts'
import { idempotencyKey } from '../idempotency-key.ts'
import { limit, paged, route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { leaseView } from '../views/lease.ts'
import { type FactsOf, factsOfScopes } from '../views/scope-facts.ts'
import { taskView } from '../views/task.ts'
import { tokenView } from '../views/token.ts'

const tag = 'Tasks'
const params = z.object({ id: z.string().regex(idPattern('task')) })
const query = z.strictObject({
  state: z.enum(TASK_STATES).optional(),
  environment: name.optional(),
  agent: name.optional(),
  owner: name.optional(),
  cursor: z.string().regex(idPattern('task')).optional(),
  limit,
})

export function taskRoutes(server: Server, deps: HttpDeps): void {
  const { cases, world } = deps
  const { linkTo } = cases.approvals
  const facts = async (): Promise<FactsOf> => {
    const { snapshot } = await cases.parts.config.current()
    return factsOfScopes(snapshot)
  }

  const start = { tag, summary: 'Start a task', body: taskRequest, answer: taskStarted, status: 201 as const }
  server.openapi(route('post', '/v1/tasks', start), async (c) => {
    const caller = await callerOf(c, deps)
    agentOnly(caller)
    const started = await cases.startTask(caller, c.req.valid('json'), idempotencyKey(c))
    const token = await cases.taskToken(started.task, started.grants)
    const view = taskView(started.task, started.grants, await facts(), linkTo, started.decisions)
    return c.json({ task: view, token: tokenView(token), capped_by: started.cappedBy }, 201)
  })

  server.openapi(
    route('get', '/v1/tasks', { tag, summary: 'List tasks', query, answer: page(task) }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      const { limit: size, agent, ...rest } = c.req.valid('query')
      const own = visibleAgent(caller) ?? agent
      const found = await world.stores.tasks.list({
        ...defined(rest),
        ...defined({ agent: own }),
        limit: size,
      })
      const factsOf = await facts()
      const items = found.map((one) => taskView(one.task, one.grants, factsOf, linkTo))
      return c.json(
        paged(items, size, ({ id }) => id),
        200,
      )
    },
  )

  server.openapi(
    route('get', '/v1/tasks/{id}', { tag, summary: 'One task', params, answer: task }),
    async (c) => {
      const caller = await provenCaller(c, deps)
      const found = await visibleTask(world.stores.tasks, caller, c.req.valid('param').id)
      const children = await world.stores.lineage.children(found.task.id)
      const view = taskView(found.task, found.grants, await facts(), linkTo)
      return c.json({ ...view, ...(children.length > 0 && { children }) }, 200)
    },
  )

  const more = {
    tag,
    summary: 'Ask for more scopes',
    params,
    body: grantsRequest,
    answer: z.strictObject({ task }),
  }
  server.openapi(route('post', '/v1/tasks/{id}/grants', more), async (c) => {
    const caller = await callerOf(c, deps)
    workerOnly(caller)
    const asked = await cases.requestGrants(caller, c.req.valid('param').id, c.req.valid('json').scopes)
    return c.json({ task: taskView(asked.task, asked.grants, await facts(), linkTo, asked.decisions) }, 200)
  })

  const beat = {
    tag,
    summary: 'The work goes on: puts the end off and renews the token',
    params,
    answer: heartbeatAnswer,
  }
  server.openapi(route('post', '/v1/tasks/{id}/heartbeat', beat), async (c) => {
    const caller = await provenCaller(c, deps)
    workerOnly(caller)
    const alive = await cases.heartbeat(caller, c.req.valid('param').id)
    return c.json(
      { task: taskView(alive.task, alive.grants, await facts(), linkTo), token: tokenView(alive.token) },
      200,
    )
  })

  const end = { tag, summary: 'End a task and revoke what it minted', params, answer: taskEnded }
  server.openapi(route('post', '/v1/tasks/{id}/end', end), async (c) => {
    const caller = await provenCaller(c, deps)
    const { id } = c.req.valid('param')
    // Whoever works in it is done; an operator revokes.
    const operator = hasRole(caller, 'operator')
    if (!operator) {
      workerOnly(caller)
      await ownTask(world.stores.tasks, caller, id)
    }
    const { leases } = await cases.end({ task: id }, operator ? 'revoked' : 'done', caller)
    const found = await visibleTask(world.stores.tasks, caller, id)
    return c.json(
      { task: taskView(found.task, found.grants, await facts(), linkTo), leases: leases.map(leaseView) },
      200,
    )
  })
}

/** Leaves out what is undefined. */
export const defined = <T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
