import type { ReceiptFinding, ReceiptVerification } from '@credbroker/core/receipt/findings'
import { printable } from './printable.ts'
import { receiptText } from './receipt.ts'

/** What is proven, what is not, and then the receipt. */
export function verdictText(
  { ok, findings, summary, answers }: ReceiptVerification,
  otherTask: boolean,
  columns?: number,
): string {
  const lines = findings.map((finding) => `FINDING  ${sentence(finding)}`)
  if (otherTask) lines.push('FINDING  it is the receipt of another task')
  if (summary) {
    lines.push(
      `${summary.records} records of the task are what ${printable(summary.checkpoint.origin)} signed, at size ${summary.checkpoint.size}.`,
      summary.complete_before === undefined
        ? 'note: the task is still open, so nothing proves that none was left out.'
        : `By the log's own count they are all there are before record ${summary.complete_before}.`,
    )
    if (answers.verified > 0)
      lines.push(
        `${answers.verified} answers of people are signed by the passkeys that the log names, at ${printable(answers.origins.join(', '))}.`,
      )
    if (answers.verified > answers.registered)
      lines.push(
        `note: of ${answers.verified - answers.registered} of these passkeys the registration is not in the receipt.`,
      )
    if (answers.withheld) lines.push('note: it was given to an agent, without what people signed.')
  }
  lines.push(ok ? 'Verified.' : 'NOT VERIFIED.')
  return `${lines.join('\n')}\n${summary ? `\n${receiptText(summary, columns)}` : ''}`
}

const SENTENCES: Readonly<Record<ReceiptFinding['kind'], string>> = {
  malformed: 'not a receipt, or only a part of one, or not written as a broker writes it',
  bad_checkpoint: 'the checkpoint is not signed by a key that you trust',
  bad_record: 'a record is not in the log that was signed',
  out_of_order: 'a record is repeated, or not in the order of the log',
  foreign_record: 'a record has no place in a receipt of this task',
  no_beginning: 'the record that begins the task is missing',
  incomplete: 'the log says that the task has other records than these',
  bad_answer: 'what a person answered is not what they signed',
  missing_answer: 'what a person signed is missing',
  bad_question: 'what was asked is missing, or is not what was signed',
  bad_recovery: 'no record has the digest of what is said about backups',
  unapproved: 'something that needs people was done, and no approval of theirs fits it',
  other_summary: 'the summary in the file says something else than its records',
}

function sentence({ kind, ...facts }: ReceiptFinding): string {
  const details = Object.entries(facts).map(([key, value]) => `${key} ${printable(String(value))}`)
  return [SENTENCES[kind], ...details].join(', ')
}
