import { createPublicKey, webcrypto } from 'node:crypto'
import { type ClientKey, generateClientKey, signAssertion, signProof } from '@credbroker/core/client-key'
import { startStaging } from '../e2e/shops.ts'
import type { Identity, TestBroker } from '../harness/broker.ts'
import { type Person, person } from '../harness/person.ts'
import { type Answer, random, tokenOf } from '../security/wire.ts'

export const TYPE = 'urn:ietf:params:oauth:token-type:access_token'
export const DETAILS = 'urn:credbroker:rar:task'
export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
export const CLIENT_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export type Form = Readonly<Record<string, string | readonly string[] | undefined>>

export interface FormRequest {
  readonly form: Form
  /** Signs the proof; left out: none. */
  readonly key?: ClientKey
  readonly proof?: string
  /** `Authorization: DPoP`. */
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly at?: TestBroker
}

/** A broker with two agents of one owner, one of another, and an administrator at the console. */
export interface OAuthDesk {
  readonly world: Awaited<ReturnType<typeof startStaging>>
  readonly broker: TestBroker
  readonly agent: Identity
  readonly admin: Identity
  /** Of another owner than `agent`. */
  readonly other: Identity
  readonly person: Person
  post(path: string, request: FormRequest): Promise<Answer>
  proof(key: ClientKey, path: string, token?: string): string
  /** `client_id`, `client_assertion` and its type. */
  clientOf(identity: Identity): Record<string, string>
  agentToken(identity?: Identity): Promise<string>
  /** Starts a task by token exchange. */
  start(scope?: string, details?: object, identity?: Identity): Promise<Answer>
  /** A second replica, the same for all. */
  replica(): Promise<TestBroker>
  stop(): Promise<void>
}

export async function startOAuthDesk(): Promise<OAuthDesk> {
  const world = await startStaging()
  const { broker, agent } = world
  const admin = await broker.identity('default')
  let second: Promise<TestBroker> | undefined
  const proof = (key: ClientKey, path: string, token?: string) =>
    signProof(
      { method: 'POST', url: broker.url + path, ...(token !== undefined && { accessToken: token }) },
      key,
      new Date(),
      random,
    )
  const post: OAuthDesk['post'] = async (path, { form, key, token, headers, at = broker, ...given }) => {
    const dpop = given.proof ?? (key && proof(key, path, token))
    const response = await fetch(at.address + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(dpop && { dpop }),
        ...(token !== undefined && { authorization: `DPoP ${token}` }),
        ...headers,
      },
      body: encode(form),
    })
    const text = await response.text()
    const body = text.startsWith('{') ? JSON.parse(text) : {}
    return { status: response.status, code: body.error, text, body, headers: response.headers }
  }
  const clientOf: OAuthDesk['clientOf'] = ({ principal, key }) => ({
    client_id: principal,
    client_assertion_type: CLIENT_ASSERTION,
    client_assertion: signAssertion(
      { subject: principal as 'agent:x', audience: broker.url },
      key,
      new Date(),
      random,
    ),
  })
  const agentToken = (identity = agent) => tokenOf(broker, identity)
  return {
    world,
    broker,
    agent,
    admin,
    other: await broker.enrolAgent('other'),
    person: await person(broker, 'admin'),
    post,
    proof,
    clientOf,
    agentToken,
    start: async (scope = 'orders-ro', details = {}, identity = agent) =>
      await post('/oauth/token', {
        key: identity.key,
        form: {
          grant_type: EXCHANGE,
          subject_token: await agentToken(identity),
          subject_token_type: TYPE,
          scope,
          authorization_details: JSON.stringify([
            { type: DETAILS, environment: 'staging', purpose: 'the whole', ...details },
          ]),
        },
      }),
    replica: () => (second ??= broker.replica()),
    stop: () => world.stop(),
  }
}

function encode(form: Form): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(form))
    for (const one of value === undefined ? [] : [value].flat()) parameters.append(name, one)
  return parameters.toString()
}

/** What a token says, unverified. */
export const claims = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())

/** The same key for libraries that want a pair of WebCrypto. */
export async function pairOf(key: ClientKey = generateClientKey()): Promise<webcrypto.CryptoKeyPair> {
  const jwk = JSON.parse(key.privateJwk.expose())
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const publicJwk = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' }).export({ format: 'jwk' })
  return {
    privateKey: await webcrypto.subtle.importKey('jwk', jwk, algorithm, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('jwk', publicJwk, algorithm, true, ['verify']),
  }
}
