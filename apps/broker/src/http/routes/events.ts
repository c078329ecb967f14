import { setTimeout as sleep } from 'node:timers/promises'
import { BrokerError } from '@credbroker/core/errors'
import { streamSSE } from 'hono/streaming'
import { type Caller, isSession, requireRole } from '../../application/identity/caller.ts'
import { requireRoleNow } from '../../application/identity/require-role-now.ts'
import { provenCaller } from '../caller-of.ts'
import { describeEvents } from '../event-document.ts'
import { parseAuthorization } from '../parse-authorization.ts'
import type { HttpDeps, Server } from '../server.ts'

/** Proxies between here and a browser give up what is silent for longer. */
const BEAT_EVERY_LOOKS = 15
/** I8: whoever may not look any more is cut within a second. */
const LOOK_AGAIN_MS = 900

/** What happens, as it happens: server-sent events, one for each entry of the audit log. */
export function eventRoutes(server: Server, deps: HttpDeps): void {
  const { cases } = deps
  const { events } = cases

  /** @throws BrokerError where they may not look any more */
  const mayStillLook = async (caller: Caller, token: string): Promise<void> => {
    if (isSession(caller))
      requireRole(await cases.authenticateSession(token, caller.requestId, { seen: false }), 'viewer')
    else requireRoleNow(await cases.parts.config.newest(), caller, 'viewer')
  }

  describeEvents(server)
  server.get('/v1/events', async (c) => {
    const caller = await provenCaller(c, deps)
    requireRole(caller, 'viewer')
    const { token } = parseAuthorization(c.req.header('authorization'))
    const from = firstOf(c.req.header('last-event-id'), c.req.query('from')) ?? (await events.size())
    const over = new AbortController()
    const messages = events.follow(caller.name, from, over.signal)
    c.header('x-accel-buffering', 'no')
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => over.abort())
      const watch = async () => {
        for (let looks = 0; ; looks += 1) {
          if (looks % BEAT_EVERY_LOOKS === 0) await stream.write(': \n\n')
          await sleep(LOOK_AGAIN_MS, undefined, { signal: over.signal })
          await mayStillLook(caller, token)
        }
      }
      const watching = watch().catch(() => over.abort())
      try {
        for await (const message of messages)
          await stream.writeSSE({
            id: String(message.index),
            event: message.type,
            data: JSON.stringify(message),
          })
      } finally {
        over.abort()
        await watching
      }
    })
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
