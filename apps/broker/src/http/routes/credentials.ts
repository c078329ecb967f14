import { credentialAnswer, credentialRequest } from '@credbroker/core/wire/credentials'
import { callerOf, taskOnly } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { credentialView } from '../views/lease.ts'

export function credentialRoutes(server: Server, deps: HttpDeps): void {
  const shape = {
    tag: 'Credentials',
    summary: 'Mint one credential under a live grant',
    body: credentialRequest,
    answer: credentialAnswer,
    status: 201 as const,
  }
  server.openapi(route('post', '/v1/credentials', shape), async (c) => {
    const caller = await callerOf(c, deps)
    taskOnly(caller)
    const { scope, ttl } = c.req.valid('json')
    return c.json(credentialView(await deps.cases.mintCredential(caller, { scope, ttlSeconds: ttl })), 201)
  })
}
