import { enrolmentAnswer, enrolmentRequest, whoami } from '@credbroker/core/wire/admin'
import { z } from '@hono/zod-openapi'
import { type Caller, hasRole, isSession } from '../../application/identity/caller.ts'
import { brokenToShow } from '../../domain/break-glass.ts'
import { provenCaller, publicUrl } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { viewBreakGlass } from '../views/break-glass.ts'
import { viewSessionUser } from '../views/people.ts'

const tag = 'Identity'

/** How a key becomes somebody's, who one is, and how one stops being it. */
export function identityRoutes(server: Server, deps: HttpDeps): void {
  const { cases, issuer, world } = deps

  const enrolment = {
    tag,
    summary: 'Redeem a one-time token for a key of your own',
    body: enrolmentRequest,
    answer: enrolmentAnswer,
    status: 201 as const,
    open: true,
  }
  server.openapi(route('post', '/v1/enrolments', enrolment), async (c) => {
    const { token: secret, key } = c.req.valid('json')
    const url = publicUrl(c, issuer)
    const request = { token: secret, key, dpop: c.req.header('dpop'), url, requestId: c.get('requestId') }
    const { principal, endsAt } = await cases.enrol(request)
    return c.json({ principal, ends_at: endsAt.toISOString() }, 201)
  })

  /** Nobody who may see it should have to look for it. */
  const broken = async (caller: Caller) => {
    if (!hasRole(caller, 'viewer')) return {}
    const { snapshot } = await cases.parts.config.newest()
    const found = brokenToShow(snapshot, world.clock.now())
    return found.length > 0 ? { break_glass: found.map(viewBreakGlass) } : {}
  }
  server.openapi(
    route('get', '/v1/whoami', { tag, summary: 'Who this token is for', answer: whoami }),
    async (c) => {
      const caller = await provenCaller(c, deps, { recovering: true })
      if (isSession(caller)) return c.json({ ...viewSessionUser(caller), ...(await broken(caller)) }, 200)
      if (caller.kind === 'task') {
        // It may outlive a key that was lent, and that of a child was never enrolled.
        const task = (await world.stores.tasks.find(caller.task))?.task
        const at = task ? { task: task.id, environment: task.environment } : {}
        return c.json({ principal: `agent:${caller.name}`, owner: caller.owner, ...at }, 200)
      }
      const { key } = await cases.parts.keys.live(caller.jkt)
      const own = { principal: key.principal, key_ends_at: key.endsAt }
      if (caller.kind === 'user')
        return c.json({ ...own, roles: [...caller.roles], ...(await broken(caller)) }, 200)
      const { environment } = key.lentFor ?? {}
      return c.json({ ...own, owner: caller.owner, ...(environment && { environment }) }, 200)
    },
  )

  const leave = {
    tag,
    summary: 'Give up the key that signs this request, and what was started with it',
    answer: z.strictObject({ removed: z.literal(true) }),
  }
  server.openapi(route('delete', '/v1/client-keys/current', leave), async (c) => {
    await cases.oauth.removeOwnKey(await provenCaller(c, deps))
    return c.json({ removed: true as const }, 200)
  })
}
