import { BrokerError } from '@credbroker/core/errors'
import type { Context } from 'hono'
import { type AgentCaller, type Caller, isSession, type TaskCaller } from '../application/identity/caller.ts'
import { parseAuthorization } from './parse-authorization.ts'
import type { HttpDeps, HttpEnv } from './server.ts'

/** The URL that the client's proof must name: our public one, whatever host a proxy calls us by. */
export function publicUrl(c: Context, issuer: string): string {
  // As it was sent: the path that routes see is decoded.
  const { url } = c.req
  const rest = url.slice(url.indexOf('/', url.indexOf('://') + 3))
  return issuer + (/^[^?#]*/.exec(rest)?.[0] ?? '')
}

interface Door {
  /** Also for a session that a recovery code began; every other route refuses it. */
  readonly recovering?: true
}

/**
 * Who sends this request: by token and proof, or by the session of a person. A proof is left for the use case to take
 * in the statement of its change.
 * @throws BrokerError `unauthenticated`, and what `authenticate` and `authenticateSession` throw
 */
export async function callerOf(
  c: Context<HttpEnv>,
  deps: HttpDeps,
  { recovering }: Door = {},
): Promise<Caller> {
  const caller = c.get('caller') ?? (await identify(c, deps))
  if (isSession(caller) && caller.session.limited && !recovering)
    throw new BrokerError('forbidden', {
      detail: 'A recovery code opens a session to register a passkey, and nothing else',
    })
  return caller
}

/** For {@link callerOf}, and before anything of a body is read: what strangers send is not worth parsing. */
export async function identify(c: Context<HttpEnv>, { cases, issuer }: HttpDeps): Promise<Caller> {
  const { scheme, token } = parseAuthorization(c.req.header('authorization'))
  const requestId = c.get('requestId')
  const caller =
    scheme === 'session'
      ? await cases.authenticateSession(token, requestId)
      : await cases.authenticate({
          method: c.req.method,
          url: publicUrl(c, issuer),
          token,
          dpop: c.req.header('dpop'),
          requestId,
        })
  c.set('caller', caller)
  return caller
}

/** The same, with the proof taken here: for everything that does not take it in a statement of its own. */
export async function provenCaller(c: Context<HttpEnv>, deps: HttpDeps, door?: Door): Promise<Caller> {
  const caller = await callerOf(c, deps, door)
  if (!isSession(caller) && !(await deps.world.stores.proofs.take([caller.proof])))
    throw new BrokerError('replayed_proof')
  return caller
}

/** I12: work is for agents. @throws BrokerError `forbidden` */
export function agentOnly(caller: Caller): asserts caller is AgentCaller {
  if (caller.kind !== 'agent')
    throw new BrokerError('forbidden', { detail: 'This is for an agent’s own token' })
}

export function taskOnly(caller: Caller): asserts caller is TaskCaller {
  if (caller.kind !== 'task') throw new BrokerError('forbidden', { detail: 'This is for a task’s token' })
}

export function workerOnly(caller: Caller): asserts caller is AgentCaller | TaskCaller {
  if (caller.kind === 'user')
    throw new BrokerError('forbidden', { detail: 'This is for agents, not for people' })
}
