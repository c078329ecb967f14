import { type Answer, send } from '../security/wire.ts'
import type { TestBroker } from './broker.ts'
import { SoftPasskey, type Twist } from './passkey.ts'

/** Where the pages of a test broker are: passkeys have no address but a name. */
export const pagesOf = (broker: TestBroker): string => broker.url.replace('127.0.0.1', 'localhost')

type Post = {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One request of a browser: a session’s token where there is one, and no proof. */
export const ask = (broker: TestBroker, { method = 'POST', token, ...rest }: Post): Promise<Answer> =>
  send(broker, { method, scheme: 'Bearer', ...(token !== undefined && { token }), ...rest })

/** Somebody at the console of a test broker. */
export interface Person {
  readonly broker: TestBroker
  readonly name: string
  readonly passkey: SoftPasskey
  readonly codes: readonly string[]
  /** The session that setting up began. */
  readonly token: string
}

export async function setupToken(broker: TestBroker, user: string): Promise<string> {
  const path = `/v1/users/${user}/invitations`
  return (await broker.admin.request<{ token: string }>({ method: 'POST', path })).token
}

/** Redeems a setup link. */
export async function setUp(
  broker: TestBroker,
  code: string,
  { passkey = new SoftPasskey(pagesOf(broker)), twist }: { passkey?: SoftPasskey; twist?: Twist } = {},
): Promise<{ answer: Answer; passkey: SoftPasskey }> {
  const asked = await ask(broker, { path: '/v1/setup/options', body: { token: code } })
  if (asked.status !== 200) return { answer: asked, passkey }
  const response = passkey.register(asked.body['options'] as object, twist)
  const answer = await ask(broker, { path: '/v1/setup', body: { token: code, name: 'Laptop', response } })
  return { answer, passkey }
}

/** Invited together: once one of them could approve, inviting the next would take an approval (I4c). */
export async function people(broker: TestBroker, ...names: readonly string[]): Promise<Person[]> {
  const codes: string[] = []
  for (const name of names) codes.push(await setupToken(broker, name))
  const all: Person[] = []
  for (const [at, name] of names.entries()) all.push(await settled(broker, name, codes[at] ?? ''))
  return all
}

export async function person(broker: TestBroker, name: string, passkey?: SoftPasskey): Promise<Person> {
  return await settled(broker, name, await setupToken(broker, name), passkey)
}

/** Whoever redeemed this code. */
export async function settled(
  broker: TestBroker,
  name: string,
  code: string,
  passkey?: SoftPasskey,
): Promise<Person> {
  const done = await setUp(broker, code, passkey && { passkey })
  if (done.answer.status !== 201) throw new Error(`setting up ${name} failed: ${done.answer.text}`)
  const { token, recovery_codes: codes } = done.answer.body
  return { broker, name, passkey: done.passkey, token: token as string, codes: codes as string[] }
}

export async function signIn(
  { broker, passkey }: Pick<Person, 'broker' | 'passkey'>,
  twist?: Twist,
): Promise<Answer> {
  const { body } = await ask(broker, { path: '/v1/sessions/options' })
  return await ask(broker, { path: '/v1/sessions', body: { response: passkey.assert(body, twist) } })
}

export const signedIn = async (who: Pick<Person, 'broker' | 'passkey'>): Promise<string> => {
  const { status, body, text } = await signIn(who)
  if (status !== 201) throw new Error(`signing in failed: ${text}`)
  return body['token'] as string
}

/** A passkey's word in a running session. */
export async function stepUp(
  { broker, passkey }: Pick<Person, 'broker' | 'passkey'>,
  token: string,
): Promise<Answer> {
  const { body } = await ask(broker, { path: '/v1/passkeys/assertion/options', token })
  const response = passkey.assert(body)
  return await ask(broker, { path: '/v1/passkeys/assertion/verify', token, body: { response } })
}
