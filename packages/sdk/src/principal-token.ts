import { type ClientKey, signAssertion } from '@credbroker/core/client-key'
import type { Secret } from '@credbroker/core/secret'
import { coalesce } from './coalesce.ts'
import { BrokerUnreachableError } from './errors.ts'
import type { Io } from './io.ts'
import { type AccessToken, accessTokenFrom, type TokenAnswer } from './token.ts'
import type { Transport } from './transport.ts'

export interface Identity {
  readonly principal: `agent:${string}` | `user:${string}`
  readonly issuer: string
  readonly key: ClientKey
}

/**
 * The token of the agent or user itself (RFC 7523), fetched when first needed and again before it ends.
 * There are no refresh tokens: the enrolled key signs a new assertion each time.
 */
export function principalToken(identity: Identity, transport: Transport, io: Io): () => Promise<Secret> {
  let held: AccessToken | undefined
  const ask = async (): Promise<AccessToken> => {
    const claims = { subject: identity.principal, audience: identity.issuer }
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: signAssertion(claims, identity.key, io.now(), io.random),
    })
    const asked = io.now()
    const answer = await transport.call<TokenAnswer>({ method: 'POST', path: '/oauth/token', body })
    return accessTokenFrom(answer, asked)
  }
  const renew = coalesce(async () => {
    held = await ask().catch((error: unknown) => {
      // An assertion changes nothing at the broker, so a lost answer may be asked for again.
      if (error instanceof BrokerUnreachableError) return ask()
      throw error
    })
    return held.value
  })
  return async () => (held && io.now() < held.renewAt ? held.value : await renew())
}
