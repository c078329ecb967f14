import type { Json } from '@credbroker/core/canonical-json'
import type { ReceiptEvent } from '@credbroker/core/receipt/receipt-event'
import type { ReceiptAnswer, ReceiptQuestion } from '@credbroker/core/wire/receipts'
import type { Answer, Approval, AskedRequest } from '../../domain/approval.ts'
import { signedQuestion } from '../../domain/signed-question.ts'
import { isIntact } from '../people/sealed-row.ts'
import type { ReceiptDeps } from './receipt-deps.ts'

type Deps = Pick<ReceiptDeps, 'approvals' | 'passkeys' | 'macs' | 'deployment'>

/** What people signed and what they were asked, for the records of a page. What cannot be shown is missed by whoever verifies. */
export async function proofsOfPeople(
  deps: Deps,
  events: readonly ReceiptEvent[],
): Promise<{ answers: ReceiptAnswer[]; questions: ReceiptQuestion[] }> {
  const known = new Map<string, Approval>()
  for (const { type, text } of events) {
    const id = text('approval')
    if (id === undefined || !type.startsWith('approval.') || known.has(id)) continue
    const row = await deps.approvals.find(id)
    if (row && isIntact(deps.macs, 'approvals', row)) known.set(id, row.body)
  }
  const answers: ReceiptAnswer[] = []
  const questions: ReceiptQuestion[] = []
  for (const event of events) {
    const approval = known.get(event.text('approval') ?? '')
    if (!approval) continue
    if (event.type === 'approval.asked') questions.push(...questionOf(approval, event))
    if (event.type === 'approval.given' || event.type === 'approval.denied')
      answers.push(...(await answerOf(deps, approval, event)))
  }
  return { answers, questions }
}

function questionOf({ id, subject }: Approval, { facts }: ReceiptEvent): ReceiptQuestion[] {
  // Of before the log had its digest.
  if (subject.kind !== 'call' || facts.text('argumentsHash') === undefined) return []
  return [{ approval: id, requests: subject.requests.map(requestOf) }]
}

const requestOf = (request: AskedRequest): ReceiptQuestion['requests'][number] => {
  const { requestHash, operations, access, touches, erases, anchors, environments, facts } = request
  return {
    request_hash: requestHash,
    operations: operations.map(({ name, arguments: given }) => ({ name, arguments: { ...given } })),
    found: { access, touches, erases, anchors, environments, facts },
  }
}

async function answerOf(
  { passkeys, deployment }: Deps,
  approval: Approval,
  { actor, facts }: ReceiptEvent,
): Promise<ReceiptAnswer[]> {
  const answer = approval.answers.find(
    ({ user, passkey }) => user === actor.id && passkey === facts.text('name'),
  )
  if (!answer) return []
  const assertion = assertionOf(answer.assertion)
  const public_key = answer.publicKey ?? (await keyOf(passkeys, answer))
  if (!assertion || public_key === undefined) return []
  const document = { ...signedQuestion(approval, deployment, answer) }
  return [{ approval: approval.id, passkey: answer.passkey, document, assertion, public_key }]
}

const keyOf = async (passkeys: Deps['passkeys'], { user, passkey }: Answer): Promise<string | undefined> =>
  (await passkeys.list(user)).find(({ body }) => body.id === passkey)?.body.publicKey

/** `AuthenticationResponseJSON` (WebAuthn Level 3 §5.1), in the one spelling of its bytes. */
function assertionOf(assertion: Json): ReceiptAnswer['assertion'] | undefined {
  const { authenticatorData, clientDataJSON, signature } = ((assertion as { response?: object }).response ??
    {}) as Readonly<Record<string, unknown>>
  const bytes = (value: unknown) =>
    typeof value === 'string' ? Buffer.from(value, 'base64url').toString('base64url') : ''
  const found = {
    authenticator_data: bytes(authenticatorData),
    client_data: bytes(clientDataJSON),
    signature: bytes(signature),
  }
  return Object.values(found).every((part) => part !== '') ? found : undefined
}
