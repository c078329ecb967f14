import { randomFillSync } from 'node:crypto'
import { type ClientKey, signAssertion, signProof } from '@credbroker/core/client-key'
import type { ProblemBody } from '@credbroker/core/wire/problem'
import type { Identity, TestBroker } from '../harness/broker.ts'

export interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly text: string
  readonly body: Partial<ProblemBody> & Record<string, unknown>
  readonly headers: Headers
}

export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly token?: string
  readonly key?: ClientKey
  /** Sent as it is where it is text. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of a fresh one by `key`; `null` for none. */
  readonly proof?: string | null
  readonly scheme?: string
  /** Which replica; the proof names the public URL anyway. */
  readonly at?: TestBroker
}

export const random = (bytes: Uint8Array<ArrayBuffer>) => randomFillSync(bytes)

export const proofFor = (
  broker: TestBroker,
  key: ClientKey,
  { method = 'GET', path, token }: Pick<RawRequest, 'method' | 'path' | 'token'>,
  now = new Date(),
): string =>
  signProof(
    { method, url: broker.url + path, ...(token !== undefined && { accessToken: token }) },
    key,
    now,
    random,
  )

/** One request exactly as said, without the kindness of a client. */
export async function send(broker: TestBroker, request: RawRequest): Promise<Answer> {
  const { method = 'GET', path, token, key, body, scheme = 'DPoP', at = broker } = request
  const proof = request.proof === undefined && key ? proofFor(broker, key, request) : request.proof
  const response = await fetch(at.address + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `${scheme} ${token}` }),
      ...(proof && { dpop: proof }),
      ...request.headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  let parsed: Answer['body'] = {}
  try {
    parsed = JSON.parse(text)
  } catch {
    // Not every answer is JSON; those have no code.
  }
  return { status: response.status, code: parsed.code, text, body: parsed, headers: response.headers }
}

/** The principal's own token, by a fresh assertion. */
export async function tokenOf(
  broker: TestBroker,
  { principal, key }: Identity,
  now = new Date(),
): Promise<string> {
  const assertion = signAssertion({ subject: principal as 'agent:x', audience: broker.url }, key, now, random)
  const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
  const { body } = await send(broker, {
    method: 'POST',
    path: '/oauth/token',
    key,
    body: form.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  return String(body['access_token'])
}
