import { type ClientKey, signAssertion } from '@credbroker/core/client-key'
import type { Secret } from '@credbroker/core/secret'
import { coalesce } from './coalesce.ts'
import { BrokerApiError, BrokerUnreachableError } from './errors.ts'
import type { Io } from './io.ts'
import { type AccessToken, accessTokenFrom, type TokenAnswer } from './token.ts'
import type { Transport } from './transport.ts'

export interface Identity {
  readonly principal: `agent:${string}` | `user:${string}`
  readonly issuer: string
  readonly key: ClientKey
  /** Where the key is not enrolled: a token of the platform, by which the broker lends it. */
  readonly workload?: () => Promise<Secret>
}

/**
 * The token of the agent or user itself (RFC 7523), fetched when first needed and again before it ends.
 * There are no refresh tokens: the enrolled key signs a new assertion each time, and so does a lent one while it is.
 */
export function principalToken(identity: Identity, transport: Transport, io: Io): () => Promise<Secret> {
  let held: AccessToken | undefined
  let lent = false
  const { principal, issuer, key, workload } = identity
  const ask = async (assertion: string): Promise<AccessToken> => {
    const body = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      client_id: principal,
      assertion,
    })
    const asked = io.now()
    const answer = await transport.call<TokenAnswer>({ method: 'POST', path: '/oauth/token', body })
    return accessTokenFrom(answer, asked)
  }
  const askAsKey = () => {
    const fresh = () => ask(signAssertion({ subject: principal, audience: issuer }, key, io.now(), io.random))
    // An assertion changes nothing at the broker, so a lost answer may be asked for again.
    return fresh().catch((error: unknown) => (isUnreachable(error) ? fresh() : Promise.reject(error)))
  }
  const askAsWorkload = async (of: NonNullable<Identity['workload']>) => {
    const token = (await of()).expose()
    // Good for one sign-in, and for one that is repeated by the same key.
    const answer = await ask(token).catch((error: unknown) =>
      isUnreachable(error) ? ask(token) : Promise.reject(error),
    )
    lent = true
    return answer
  }
  const renew = coalesce(async () => {
    if (!workload) held = await askAsKey()
    else if (!lent) held = await askAsWorkload(workload)
    else
      held = await askAsKey().catch((error: unknown) => {
        if (error instanceof BrokerApiError && error.code === 'unauthenticated')
          return askAsWorkload(workload)
        throw error
      })
    return held.value
  })
  return async () => (held && io.now() < held.renewAt ? held.value : await renew())
}

const isUnreachable = (error: unknown): boolean => error instanceof BrokerUnreachableError
