import { createHash } from 'node:crypto'
import { canonicalHash, type Json } from '../canonical-json.ts'
import type { Receipt, ReceiptAnswer, ReceiptQuestion } from '../wire/receipts.ts'
import type { AnswerFault, ReceiptFinding, ReceiptVerification } from './findings.ts'
import type { ReceiptEvent } from './receipt-event.ts'
import type { ReceiptStory } from './story.ts'
import { bytesOf, verifyAssertion } from './verify-assertion.ts'

const VERDICT = { 'approval.given': 'approve', 'approval.denied': 'deny' } as const
type AnswerType = keyof typeof VERDICT
const isAnswer = ({ type }: ReceiptEvent): boolean => Object.hasOwn(VERDICT, type)

type Answers = Omit<ReceiptVerification['answers'], 'withheld'> & { readonly findings: ReceiptFinding[] }

/** Whether people signed what the log says they answered: each answer of the log has its signature, and each signature its answer. */
export function verifyAnswers(story: ReceiptStory, { answers, withheld }: Receipt): Answers {
  const findings: ReceiptFinding[] = []
  const origins = new Set<string>()
  let [verified, registered] = [0, 0]
  const waiting = new Set(story.own.filter(isAnswer))
  const [jkt] = story.own.flatMap((event) =>
    event.type === 'task.started'
      ? [event.actor.jkt]
      : event.type === 'task.delegated'
        ? [event.facts.text('keyThumbprint')]
        : [],
  )
  for (const answer of answers) {
    const record = [...waiting].find((event) => isOf(event, answer))
    const signed = record ? check(record, answer, story, jkt) : 'no_record'
    if (typeof signed === 'string') {
      findings.push({ kind: 'bad_answer', approval: answer.approval, why: signed })
      continue
    }
    if (record) waiting.delete(record)
    origins.add(signed.origin)
    verified += 1
    if (story.passkeys.some((added) => registers(added, answer))) registered += 1
  }
  if (!withheld)
    for (const { index, text } of waiting)
      findings.push({ kind: 'missing_answer', approval: text('approval') ?? '', index })
  return { findings, verified, registered, origins: [...origins].sort() }
}

const isOf = (event: ReceiptEvent, { approval, document, passkey }: ReceiptAnswer): boolean =>
  event.text('approval') === approval &&
  event.actor.id === document['user'] &&
  event.facts.text('name') === passkey

function check(
  event: ReceiptEvent,
  answer: ReceiptAnswer,
  { task }: ReceiptStory,
  jkt: string | undefined,
): { origin: string } | AnswerFault {
  const { document } = answer
  const { facts } = event
  const said = {
    approval: event.text('approval'),
    task,
    grant: event.text('grant'),
    user: event.actor.id,
    verdict: VERDICT[event.type as AnswerType],
    level: facts.text('level'),
    request: facts.text('requestHash'),
    facts: facts.text('factsHash'),
    expiry: facts.text('expiresAt'),
    ...(jkt !== undefined && { jkt }),
  }
  if (Object.entries(said).some(([member, value]) => value === undefined || document[member] !== value))
    return 'document'
  if (facts.text('publicKeySha256') !== digestOf(answer)) return 'key'
  return verifyAssertion(answer)
}

const digestOf = ({ public_key }: ReceiptAnswer): string | undefined => {
  const bytes = bytesOf(public_key)
  return bytes && createHash('sha256').update(bytes).digest('base64url')
}

/** The record of the passkey says whose it is, and which key. */
const registers = ({ facts, text }: ReceiptEvent, answer: ReceiptAnswer): boolean =>
  facts.text('name') === answer.passkey &&
  text('sub') === answer.document['user'] &&
  facts.text('publicKeySha256') === digestOf(answer)

/** Whether what was asked is there, and is what the log and the signed document have the digests of. */
export function verifyQuestions({ own }: ReceiptStory, { questions, withheld }: Receipt): ReceiptFinding[] {
  const asked = new Map(
    own.flatMap((event) => (event.type === 'approval.asked' ? [[event.text('approval') ?? '', event]] : [])),
  )
  const bad = questions.filter((question) => !isWhatWasAsked(question, asked.get(question.approval)))
  const shown = new Set(questions.map(({ approval }) => approval))
  const missing = [...asked].filter(
    ([id, { facts }]) => !withheld && facts.text('argumentsHash') !== undefined && !shown.has(id),
  )
  return [...bad.map(({ approval }) => approval), ...missing.map(([id]) => id)].map((approval) => ({
    kind: 'bad_question',
    approval,
  }))
}

const isWhatWasAsked = ({ requests }: ReceiptQuestion, asked: ReceiptEvent | undefined): boolean =>
  asked?.facts.text('argumentsHash') === hashOf(requests.map(({ operations }) => operations)) &&
  asked.facts.text('requestHash') === hashOf(requests.map(({ request_hash }) => request_hash)) &&
  asked.facts.text('factsHash') === hashOf(factsHashes(requests))

export const factsHashes = (requests: ReceiptQuestion['requests']): string[] =>
  requests.map(({ found }) => hashOf(found))

const hashOf = (value: unknown): string => canonicalHash(value as Json)
