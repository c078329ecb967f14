import { randomFillSync } from 'node:crypto'
import { type ClientKey, generateClientKey, signProof } from '@credbroker/core/client-key'
import type { Secret } from '@credbroker/core/secret'
import { systemIo } from '@credbroker/sdk/io'
import { principalToken } from '@credbroker/sdk/principal-token'
import { type Call, Transport } from '@credbroker/sdk/transport'

type Method = 'GET' | 'POST' | 'DELETE'

/** Somebody with an enrolled key at one broker: what a client does, in the steps that a measurement needs apart. */
export interface Person {
  readonly principal: `agent:${string}` | `user:${string}`
  readonly issuer: string
  readonly key: ClientKey
  /** This person's own token, fresh enough for a measurement. */
  token(): Promise<Secret>
  call<Answer>(call: Omit<Call, 'token'>): Promise<Answer>
  /** `Authorization` and `DPoP` for one request. */
  headers(method: Method, path: string, token: Secret): Record<string, string>
}

/** Redeems a one-time token, as `broker enroll` does. */
export async function enrol(issuer: string, oneTimeToken: string): Promise<Person> {
  const key = generateClientKey()
  const transport = new Transport(issuer, key, systemIo)
  const body = { token: oneTimeToken, key: key.publicJwk }
  const { principal } = await transport.call<Pick<Person, 'principal'>>({
    method: 'POST',
    path: '/v1/enrolments',
    body,
  })
  const token = principalToken({ principal, issuer, key }, transport, systemIo)
  return {
    principal,
    issuer,
    key,
    token,
    call: async (call) => transport.call({ ...call, token: await token() }),
    headers: (method, path, forToken) => {
      const accessToken = forToken.expose()
      const request = { method, url: issuer + path, accessToken }
      const dpop = signProof(request, key, new Date(), (bytes) => randomFillSync(bytes))
      return { authorization: `DPoP ${accessToken}`, dpop }
    },
  }
}
