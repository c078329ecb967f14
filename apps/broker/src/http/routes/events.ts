import { BrokerError } from '@credbroker/core/errors'
import { type Caller, isSession, requireRole } from '../../application/identity/caller.ts'
import { requireRoleNow } from '../../application/identity/require-role-now.ts'
import { provenCaller } from '../caller-of.ts'
import { describeEvents } from '../events/event-document.ts'
import { sendEvents } from '../events/send-events.ts'
import { parseAuthorization } from '../parse-authorization.ts'
import type { HttpDeps, Server } from '../server.ts'
import { socketOf } from '../socket.ts'

/** What happens, as it happens: server-sent events, one for each entry of the audit log. */
export function eventRoutes(server: Server, deps: HttpDeps): void {
  const { cases } = deps
  const { events } = cases

  /** @throws BrokerError where they may not look any more */
  const mayStillLook = async (caller: Caller, token: string): Promise<void> => {
    if (caller.kind !== 'user') throw new BrokerError('forbidden')
    if (isSession(caller)) {
      requireRole(await cases.authenticateSession(token, caller.requestId, { seen: false }), 'viewer')
      return
    }
    const [config] = await Promise.all([cases.parts.config.newest(), cases.parts.keys.live(caller.jkt)])
    requireRoleNow(config, caller, 'viewer')
  }

  describeEvents(server)
  server.get('/v1/events', async (c) => {
    const caller = await provenCaller(c, deps)
    requireRole(caller, 'viewer')
    const { token } = parseAuthorization(c.req.header('authorization'))
    const from = firstOf(c.req.header('last-event-id'), c.req.query('from')) ?? (await events.size())
    if (c.req.method === 'HEAD')
      return c.body(null, 200, { 'content-type': 'text/event-stream; charset=utf-8' })
    const over = new AbortController()
    const messages = events.follow(caller.name, from, over.signal)
    const stream = { messages, over, mayStillLook: () => mayStillLook(caller, token) }
    return await sendEvents(socketOf(c.env).outgoing, stream, c.get('requestId'))
  })
}

/** The first entry that is wanted: the one after the last that came, or the one that is asked for. */
function firstOf(last: string | undefined, from: string | undefined): number | undefined {
  const said = last ?? from
  if (said === undefined) return undefined
  if (!/^[0-9]{1,15}$/.test(said))
    throw new BrokerError('invalid_request', {
      detail: `\`${last === undefined ? 'from' : 'last-event-id'}\` is the number of an entry`,
    })
  return last === undefined ? Number(said) : Number(said) + 1
}
