import { BrokerError } from '@credbroker/core/errors'
import { idPattern } from '@credbroker/core/ids'
import { delegationRequest } from '@credbroker/core/wire/delegation'
import { taskStarted } from '@credbroker/core/wire/tasks'
import { z } from '@hono/zod-openapi'
import { callerOf, publicUrl, taskOnly } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { factsOfScopes } from '../views/scope-facts.ts'
import { taskView } from '../views/task.ts'
import { tokenView } from '../views/token.ts'

const params = z.object({ id: z.string().regex(idPattern('task')) })

export function delegationRoutes(server: Server, deps: HttpDeps): void {
  const { cases, world, issuer } = deps
  const shape = {
    tag: 'Tasks',
    summary: 'Hand a part of a task on to a child task with a key of its own',
    params,
    body: delegationRequest,
    answer: taskStarted,
    status: 201 as const,
  }
  server.openapi(route('post', '/v1/tasks/{id}/delegate', shape), async (c) => {
    const caller = await callerOf(c, deps)
    taskOnly(caller)
    if (caller.task !== c.req.valid('param').id) throw new BrokerError('not_found')
    const { proof, sub_agent: subAgent, ...order } = c.req.valid('json')
    const expected = { header: proof, method: 'POST', url: publicUrl(c, issuer) }
    const key = world.verifier.verifyProof(expected, world.clock.now())
    const { task, grants, decisions, cappedBy } = await cases.delegate(caller, { ...order, key, subAgent })
    const token = await cases.taskToken(task, grants)
    const { snapshot } = await cases.parts.config.current()
    const view = taskView(task, grants, factsOfScopes(snapshot), cases.approvals.linkTo, decisions)
    return c.json({ task: view, token: tokenView(token), capped_by: cappedBy }, 201)
  })
}
