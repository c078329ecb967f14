import { callerOf, taskOnly } from '../caller-of.ts'
import { readClientRequest } from '../gateway/client-request.ts'
import { sendAnswer } from '../gateway/send-answer.ts'
import { waitingAnswer } from '../gateway/waiting-answer.ts'
import type { HttpDeps, Server } from '../server.ts'
import { socketOf } from '../socket.ts'

/**
 * Calls through the gateway. What comes is read from the socket as it came, since every byte may matter, and what goes
 * back is written there, so that it can be cut.
 */
export function gatewayRoutes(server: Server, deps: HttpDeps): void {
  server.all('/gateway/:scope/*', async (c) => {
    const caller = await callerOf(c, deps)
    taskOnly(caller)
    const { incoming, outgoing } = socketOf(c.env)
    const scope = c.req.param('scope')
    const request = readClientRequest(incoming, scope)
    const gone = new AbortController()
    outgoing.once('close', () => gone.abort(GONE))
    if (outgoing.destroyed) gone.abort(GONE)
    const answer = await deps.cases.gateway.call(caller, { scope, ...request, signal: gone.signal })
    if (answer.is === 'waiting') return await waitingAnswer(c, deps, caller, answer)
    return await sendAnswer(outgoing, answer, c.get('requestId'))
  })
}

/** Made once: every answer ends with it, and an error with a stack costs more than the rest of its end. */
const GONE = new Error('the client is gone')
