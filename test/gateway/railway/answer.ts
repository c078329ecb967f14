import type { ApprovalView } from '@credbroker/core/wire/approvals'
import type { TestBroker } from '../../harness/broker.ts'
import { ask, type Person, setUp, setupToken } from '../../harness/person.ts'
import type { Answer } from '../../security/wire.ts'

/** Approvers with a passkey each. All are invited before the first of them is there: from then on, only people invite. */
export async function approvers<Name extends string>(
  broker: TestBroker,
  ...names: readonly Name[]
): Promise<Readonly<Record<Name, Person>>> {
  const links = new Map<Name, string>()
  for (const name of names) links.set(name, await setupToken(broker, name))
  const made: Partial<Record<Name, Person>> = {}
  for (const [name, link] of links) {
    const { answer: done, passkey } = await setUp(broker, link)
    if (done.status !== 201) throw new Error(`setting up ${name} failed: ${done.text}`)
    const { token, recovery_codes: codes } = done.body
    made[name] = { broker, name, passkey, token: token as string, codes: codes as string[] }
  }
  return made as Record<Name, Person>
}

/** The question as the console shows it. */
export async function question({ broker, token }: Person, id: string): Promise<ApprovalView> {
  const { status, text, body } = await ask(broker, { method: 'GET', path: `/v1/approvals/${id}`, token })
  if (status !== 200) throw new Error(`no such question: ${text}`)
  return body as unknown as ApprovalView
}

/** A person's word, signed by their passkey, as the console has it signed. */
export async function answer(
  { broker, token, passkey }: Person,
  id: string,
  verdict: 'approve' | 'deny',
): Promise<Answer> {
  const asked = await ask(broker, { path: `/v1/approvals/${id}/options`, body: { verdict }, token })
  if (asked.status !== 200) return asked
  const { expiry, options } = asked.body as { expiry?: string; options?: object }
  const body = { expiry, response: passkey.assert(options ?? {}) }
  return await ask(broker, { path: `/v1/approvals/${id}/${verdict}`, body, token })
}
