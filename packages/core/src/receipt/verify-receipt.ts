import { openCheckpoint } from '../audit/checkpoint.ts'
import type { NoteVerifier } from '../audit/note.ts'
import { canonicalHash, canonicalJson, type Json } from '../canonical-json.ts'
import { type Receipt, receipt as receiptSchema } from '../wire/receipts.ts'
import type { ReceiptFinding, ReceiptVerification } from './findings.ts'
import { readStory } from './story.ts'
import { summarise } from './summarise.ts'
import { verifyAnswers, verifyQuestions } from './verify-answers.ts'
import { verifyRecords, verifyWhole } from './verify-records.ts'
import { verifyUses } from './verify-uses.ts'

/**
 * Checks a receipt without network, database or trust in whoever gave it: only in the pinned keys of the log. What it proves and what
 * it cannot stands in docs/receipts.md.
 */
export function verifyReceipt(text: string, keys: readonly NoteVerifier[]): ReceiptVerification {
  const receipt = parseReceipt(text)
  if (!receipt) return refused({ kind: 'malformed' })
  const opened = openCheckpoint(receipt.checkpoint, keys)
  if (!opened.ok) return refused({ kind: 'bad_checkpoint', why: opened.why })
  const broken = verifyRecords(receipt.leaves, opened.checkpoint)
  // What the log did not sign is not read any further.
  if (broken.length > 0) return refused(...broken)
  const story = readStory(receipt)
  const summary = summarise(receipt)
  const { findings: answerFindings, ...answers } = verifyAnswers(story, receipt)
  const findings = [
    ...verifyWhole(story, receipt),
    ...answerFindings,
    ...verifyQuestions(story, receipt),
    ...verifyRecovery(receipt),
    ...verifyUses(story, receipt),
    ...verifySummary(receipt, summary),
  ]
  return {
    ok: findings.length === 0,
    findings: findings.slice(0, MAX_FINDINGS),
    summary,
    answers: { ...answers, withheld: receipt.withheld },
  }
}

const MAX_FINDINGS = 100

const refused = (...findings: ReceiptFinding[]): ReceiptVerification => ({
  ok: false,
  findings: findings.slice(0, MAX_FINDINGS),
  answers: { verified: 0, registered: 0, origins: [], withheld: false },
})

/** Only the canonical form is taken, and only all of it: one page of several is no receipt. */
function parseReceipt(text: string): Receipt | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (canonicalJson(value as Json) !== text.replace(/\n$/, '')) return undefined
    const parsed = receiptSchema.safeParse(value)
    return parsed.success && isWhole(parsed.data) ? parsed.data : undefined
  } catch {
    return undefined
  }
}

const isWhole = ({ next_cursor, withheld, answers, questions, recovery }: Receipt): boolean =>
  next_cursor === undefined && !(withheld && answers.length + questions.length + recovery.length > 0)

/** Each is what some record has the digest of. */
function verifyRecovery(receipt: Receipt): ReceiptFinding[] {
  const named = new Set(readStory(receipt).own.map(({ facts }) => facts.text('recoveryHash')))
  return receipt.recovery
    .filter(({ digest, record }) => !named.has(digest) || canonicalHash(record as Json) !== digest)
    .map(() => ({ kind: 'bad_recovery' }))
}

const verifySummary = ({ summary: said }: Receipt, summary: Receipt['summary']): ReceiptFinding[] =>
  said === undefined || canonicalHash(said as Json) === canonicalHash(summary as Json)
    ? []
    : [{ kind: 'other_summary' }]
