import { idPattern } from '@credbroker/core/ids'
import { page } from '@credbroker/core/wire/admin'
import {
  assertionRequest,
  passkeyRequest,
  passkeyView,
  recoveryCodes,
  sessionView,
  webauthnOptions,
} from '@credbroker/core/wire/people'
import { z } from '@hono/zod-openapi'
import { isSession } from '../../application/identity/caller.ts'
import { namedApproval } from '../approval-pending.ts'
import { provenCaller } from '../caller-of.ts'
import { route } from '../route.ts'
import type { HttpDeps, Server } from '../server.ts'
import { viewPasskey, viewSession } from '../views/people.ts'

const everybody = z.strictObject({ all: z.enum(['true', 'false']).default('false') })
const empty = z.strictObject({})
/** Also open to a session that a recovery code began. */
const recovering = { recovering: true } as const

/** What somebody who is signed in does about themselves. */
export function peopleRoutes(server: Server, deps: HttpDeps): void {
  const { people } = deps.cases

  const tag = 'Passkeys'
  const add = {
    tag,
    summary: 'What a browser needs to make another passkey',
    answer: webauthnOptions,
    approvable: true,
  }
  server.openapi(route('post', '/v1/passkeys/options', add), async (c) => {
    const caller = await provenCaller(c, deps, recovering)
    return c.json(await people.registerOptions(caller, namedApproval(c)), 200)
  })
  const added = {
    tag,
    summary: 'Register another passkey',
    approvable: true,
    body: passkeyRequest,
    answer: passkeyView,
    status: 201 as const,
  }
  server.openapi(route('post', '/v1/passkeys', added), async (c) => {
    const caller = await provenCaller(c, deps, recovering)
    const passkey = await people.registerPasskey(caller, c.req.valid('json'), namedApproval(c))
    return c.json(viewPasskey({ passkey, intact: true, usedAt: null }), 201)
  })
  const list = {
    tag,
    summary: 'One’s own passkeys; for an admin everybody’s',
    query: everybody,
    answer: page(passkeyView),
  }
  server.openapi(route('get', '/v1/passkeys', list), async (c) => {
    const caller = await provenCaller(c, deps)
    const found = await people.listPasskeys(caller, c.req.valid('query').all === 'true')
    return c.json({ items: found.map(viewPasskey) }, 200)
  })
  const remove = {
    tag,
    summary: 'Remove a passkey and end the sessions that it began',
    params: z.object({ id: z.string().regex(idPattern('passkey')) }),
    answer: empty,
  }
  server.openapi(route('delete', '/v1/passkeys/{id}', remove), async (c) => {
    const caller = await provenCaller(c, deps)
    await people.removePasskey(caller, c.req.valid('param').id)
    return c.json({}, 200)
  })

  const ask = { tag, summary: 'What a browser needs to confirm with a passkey', answer: webauthnOptions }
  server.openapi(route('post', '/v1/passkeys/assertion/options', ask), async (c) => {
    const caller = await provenCaller(c, deps)
    return c.json(await people.stepUpOptions(caller), 200)
  })
  const confirm = {
    tag,
    summary: 'Confirm with a passkey: for five minutes, what is dangerous goes through',
    body: assertionRequest,
    answer: empty,
  }
  server.openapi(route('post', '/v1/passkeys/assertion/verify', confirm), async (c) => {
    const caller = await provenCaller(c, deps)
    await people.confirmPasskey(caller, c.req.valid('json').response)
    return c.json({}, 200)
  })
  const codes = {
    tag,
    summary: 'Ten new recovery codes, shown once; earlier ones are void',
    answer: recoveryCodes,
    status: 201 as const,
  }
  server.openapi(route('post', '/v1/recovery-codes', codes), async (c) => {
    const caller = await provenCaller(c, deps)
    return c.json({ recovery_codes: await people.makeRecoveryCodes(caller) }, 201)
  })

  const sessions = 'Sessions'
  const open = {
    tag: sessions,
    summary: 'One’s own sessions; for an admin everybody’s',
    query: everybody,
    answer: page(sessionView),
  }
  server.openapi(route('get', '/v1/sessions', open), async (c) => {
    const caller = await provenCaller(c, deps)
    const found = await people.listSessions(caller, c.req.valid('query').all === 'true')
    const own = isSession(caller) ? caller.session.id : undefined
    return c.json({ items: found.map((one) => viewSession(one, own)) }, 200)
  })
  const out = { tag: sessions, summary: 'Sign out', answer: empty }
  server.openapi(route('delete', '/v1/sessions/current', out), async (c) => {
    await people.signOut(await provenCaller(c, deps, recovering))
    return c.json({}, 200)
  })
  const end = {
    tag: sessions,
    summary: 'End a session of one’s own; for an admin anybody’s',
    params: z.object({ id: z.string().regex(idPattern('session')) }),
    answer: empty,
  }
  server.openapi(route('delete', '/v1/sessions/{id}', end), async (c) => {
    const caller = await provenCaller(c, deps)
    await people.endSession(caller, c.req.valid('param').id)
    return c.json({}, 200)
  })
}
