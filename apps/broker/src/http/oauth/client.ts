import { BrokerError } from '@credbroker/core/errors'
import type { Context } from 'hono'
import { type AgentCaller, type Caller, isSession, type KeyUser } from '../../application/identity/caller.ts'
import { callerOf } from '../caller-of.ts'
import type { HttpDeps, HttpEnv } from '../server.ts'
import type { OAuthForm } from './form.ts'

const JWT_BEARER_CLIENT = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** A client that says who it is by `private_key_jwt`; undefined where it does not. Its assertion is still to be taken. @throws BrokerError `unauthenticated` */
export async function assertedClient(
  c: Context<HttpEnv>,
  { cases }: HttpDeps,
  form: OAuthForm,
): Promise<KeyUser | AgentCaller | undefined> {
  // Basic, or anything else that is not ours: to go on as if nobody had tried would be wrong.
  if (form.get('client_secret') !== undefined || c.req.header('authorization') !== undefined)
    throw new BrokerError('unauthenticated', { detail: 'Clients authenticate by private_key_jwt here' })
  const type = form.get('client_assertion_type')
  const assertion = form.get('client_assertion')
  if (type === undefined && assertion === undefined) return undefined
  if (type !== JWT_BEARER_CLIENT || assertion === undefined)
    throw new BrokerError('unauthenticated', { detail: 'client_assertion and its type belong together' })
  const client = { assertion, clientId: form.get('client_id'), requestId: c.get('requestId') }
  const caller = await cases.oauth.authenticateClient(client)
  c.set('caller', caller)
  return caller
}

/**
 * Who calls introspection or revocation: by an access token and a proof, or by `private_key_jwt`. The proof is taken.
 * @throws BrokerError `unauthenticated`, `replayed_proof`, what `authenticate` throws; `forbidden` for a session
 */
export async function oauthCaller(
  c: Context<HttpEnv>,
  deps: HttpDeps,
  form: OAuthForm,
): Promise<Exclude<Caller, { via: 'session' }>> {
  const caller = c.req.header('authorization')
    ? await byAccessToken(c, deps, form)
    : await assertedClient(c, deps, form)
  if (!caller) throw new BrokerError('unauthenticated', { detail: 'Only callers who say who they are' })
  if (isSession(caller))
    throw new BrokerError('forbidden', { detail: 'This is for clients, not for the console' })
  if (!(await deps.world.stores.proofs.take([caller.proof]))) throw new BrokerError('replayed_proof')
  return caller
}

async function byAccessToken(c: Context<HttpEnv>, deps: HttpDeps, form: OAuthForm): Promise<Caller> {
  c.set('byAccessToken', true)
  // RFC 6749 §2.3: one way at a time.
  if (form.get('client_assertion') !== undefined)
    throw new BrokerError('invalid_request', { detail: 'Authenticate in one way, not in two' })
  return await callerOf(c, deps)
}
