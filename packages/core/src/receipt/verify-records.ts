import { createHash } from 'node:crypto'
import type { Checkpoint } from '../audit/checkpoint.ts'
import { leafHash } from '../audit/merkle.ts'
import { verifyInclusion } from '../audit/proofs.ts'
import { canonicalJson, type Json } from '../canonical-json.ts'
import type { Receipt, ReceiptLeaf } from '../wire/receipts.ts'
import type { ReceiptFinding } from './findings.ts'
import { closingOf } from './state.ts'
import { firstOf, type ReceiptStory } from './story.ts'

/** Whether each record is in the tree that was signed. Nothing else of a receipt is worth reading where one is not. */
export function verifyRecords(leaves: readonly ReceiptLeaf[], checkpoint: Checkpoint): ReceiptFinding[] {
  let last = -1
  return leaves.flatMap((leaf): ReceiptFinding[] => {
    const { index } = leaf
    if (index <= last) return [{ kind: 'out_of_order', index }]
    last = index
    return isCanonical(leaf.record) && isIncluded(leaf, checkpoint) ? [] : [{ kind: 'bad_record', index }]
  })
}

/** A repeated key could show a reader something else than another reader sees. */
function isCanonical(record: string): boolean {
  try {
    return canonicalJson(JSON.parse(record) as Json) === record
  } catch {
    return false
  }
}

function isIncluded({ index, record, proof }: ReceiptLeaf, { size, root }: Checkpoint): boolean {
  const nodes = proof.map((node) => Buffer.from(node, 'base64'))
  return (
    nodes.every((node, at) => node.toString('base64') === proof[at]) &&
    verifyInclusion({ leaf: leafHash(record), index, size, root, proof: nodes })
  )
}

/**
 * Whether these are the records of this task, all of them as far as the log itself says how many there are. While a task is open it does
 * not, and nobody can tell from a receipt alone what was left out.
 */
export function verifyWhole(story: ReceiptStory, { leaves }: Pick<Receipt, 'leaves'>): ReceiptFinding[] {
  const { own, children, foreign } = story
  const findings: ReceiptFinding[] = foreign.map(({ index }) => ({ kind: 'foreign_record', index }))
  if (!firstOf(own, 'task.started', 'task.delegated')) findings.push({ kind: 'no_beginning' })
  const closing = closingOf(story)
  if (!closing) return findings
  const { before, count, leavesHash } = closing
  const records = new Map(leaves.map(({ index, record }) => [index, record]))
  const hash = createHash('sha256')
  const counted = own.filter(({ index }) => index < before)
  for (const { index } of counted) hash.update(leafHash(records.get(index) ?? ''))
  if (
    counted.length !== count ||
    hash.digest('base64url') !== leavesHash ||
    new Set(children.map((child) => child.text('task'))).size !== closing.children
  )
    findings.push({ kind: 'incomplete', before })
  return findings
}
