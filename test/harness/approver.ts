import type { ApprovalView } from '@credbroker/core/wire/approvals'
import type { Answer } from '../security/wire.ts'
import type { TestBroker } from './broker.ts'
import type { Twist } from './passkey.ts'
import { ask, type Person, people, signedIn } from './person.ts'

/** What somebody says to a question, at the console, by their passkey. `twist`: dishonestly. */
export interface Word {
  readonly verdict?: 'approve' | 'deny'
  readonly reason?: string
  readonly twist?: Twist
  /** Between what the browser was offered and what it sends. */
  readonly meanwhile?: () => Promise<unknown>
  /** Sent in place of what was offered. */
  readonly expiry?: string
}

/** Somebody with a session, before questions. */
export class Approver {
  readonly person: Person
  #token: string

  constructor(person: Person) {
    this.person = person
    this.#token = person.token
  }

  get token(): string {
    return this.#token
  }

  async signIn(): Promise<void> {
    this.#token = await signedIn(this.person)
  }

  /** What waits. */
  async waiting(): Promise<ApprovalView[]> {
    const { body } = await ask(this.person.broker, {
      method: 'GET',
      path: '/v1/approvals?state=pending',
      token: this.#token,
    })
    return body['items'] as ApprovalView[]
  }

  /** One question as the console shows it. */
  async question(id: string): Promise<ApprovalView> {
    const asked = { method: 'GET', path: `/v1/approvals/${id}`, token: this.#token }
    const { status, body, text } = await ask(this.person.broker, asked)
    if (status !== 200) throw new Error(`no such question: ${text}`)
    return body as unknown as ApprovalView
  }

  async answer(
    id: string,
    { verdict = 'approve', reason, twist, meanwhile, expiry }: Word = {},
  ): Promise<Answer> {
    const { broker, passkey } = this.person
    const said = reason === undefined ? {} : { reason }
    const offered = await ask(broker, {
      path: `/v1/approvals/${id}/options`,
      token: this.#token,
      body: { verdict, ...said },
    })
    if (offered.status !== 200) return offered
    const response = passkey.assert(offered.body['options'] as object, twist)
    await meanwhile?.()
    return await ask(broker, {
      path: `/v1/approvals/${id}/${verdict}`,
      token: this.#token,
      body: { ...said, expiry: expiry ?? offered.body['expiry'], response },
    })
  }

  /** @throws where it was not taken */
  async approve(id: string): Promise<ApprovalView> {
    const { status, body, text } = await this.answer(id)
    if (status !== 200) throw new Error(`approving ${id} failed: ${text}`)
    return body as unknown as ApprovalView
  }
}

/** Approvers with a passkey each, by name. */
export async function approvers<Name extends string>(
  broker: TestBroker,
  ...names: readonly Name[]
): Promise<Readonly<Record<Name, Approver>>> {
  const made = (await people(broker, ...names)).map((one) => [one.name, new Approver(one)])
  return Object.fromEntries(made) as Record<Name, Approver>
}

/** What browsers and authenticators do that are not to be believed. */
export const DISHONEST: readonly Twist[] = [
  { challenge: Buffer.from('x'.repeat(43)).toString('base64url') },
  { userPresent: false },
  { userVerified: false },
  { forged: true },
  { origin: 'https://elsewhere.example' },
]
