import { Prover } from '@credbroker/core/audit/prover'
import { canonicalHash } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import { type ReceiptEvent, readEvent } from '@credbroker/core/receipt/receipt-event'
import { summarise } from '@credbroker/core/receipt/summarise'
import {
  RECEIPT_FORMAT,
  type Receipt,
  type ReceiptLeaf,
  type ReceiptRecovery,
} from '@credbroker/core/wire/receipts'
import { recoveryRecord } from '../../domain/recovery-record.ts'
import type { AuditEntry, StoredCheckpoint } from '../../ports/audit.ts'
import { type Caller, hasRole } from '../identity/caller.ts'
import { visibleTask } from '../tasks/own-task.ts'
import { coveringCheckpoint } from './close-task.ts'
import { proofsOfPeople } from './proofs-of-people.ts'
import type { ReceiptDeps } from './receipt-deps.ts'

/** Where the next page begins, and which checkpoint all pages stand on. */
export interface ReceiptPlace {
  readonly size: number
  readonly after: number
}

/**
 * One page of the receipt of a task, for whoever may look at the task. Child tasks have receipts of their own, as theirs may go on to other
 * people; the first record of each is here, so that none is left out.
 * @throws BrokerError `not_found`, `receipt_pending`
 */
export const makeReceipt =
  (deps: ReceiptDeps) =>
  async (caller: Caller, id: string, limit: number, place?: ReceiptPlace): Promise<Receipt> => {
    const { task } = await visibleTask(deps.tasks, caller, id)
    const checkpoint = place ? await checkpointOf(deps, place.size) : await coveringCheckpoint(deps, task)
    const after = place?.after ?? -1
    const { size } = checkpoint
    const found = await deps.receipts.page(id, after, size, limit + 1)
    const own = found.slice(0, limit)
    const events = own.map(readEvent)
    // Answers, and where the backups are, are shown to people alone.
    const withheld = !hasRole(caller, 'viewer')
    const said = withheld ? { answers: [], questions: [] } : await proofsOfPeople(deps, events)
    const beside = [
      ...(place ? [] : await deps.receipts.delegationsOf(await deps.lineage.children(id), size)),
      ...(await deps.receipts.registrationsOf(
        [...new Set(said.answers.map(({ passkey }) => passkey))],
        size,
      )),
    ]
    const receipt: Receipt = {
      format: RECEIPT_FORMAT,
      task: id,
      checkpoint: checkpoint.note,
      leaves: await withProofs(deps, size, [...own, ...beside]),
      ...said,
      recovery: withheld ? [] : await recoveryOf(deps, events),
      withheld,
    }
    const last = own.at(-1)
    if (found.length > limit && last) return { ...receipt, next_cursor: `${size}.${last.index}` }
    return place ? receipt : { ...receipt, summary: summarise(receipt) }
  }

/** @throws BrokerError `invalid_request` where none was signed of this size */
async function checkpointOf({ checkpoints }: ReceiptDeps, size: number): Promise<StoredCheckpoint> {
  const [found] = await checkpoints.after(size - 1, 1)
  if (found?.size !== size) throw new BrokerError('invalid_request', { detail: 'There is no such cursor' })
  return found
}

async function withProofs(
  { tree }: ReceiptDeps,
  size: number,
  entries: readonly AuditEntry[],
): Promise<ReceiptLeaf[]> {
  const prover = new Prover(size, tree.tiles)
  const leaves: ReceiptLeaf[] = []
  for (const { index, record } of [...entries].sort((a, b) => a.index - b.index)) {
    const proof = await prover.inclusion(index)
    leaves.push({ index, record, proof: proof.map((node) => node.toString('base64')) })
  }
  return leaves
}

/** What records have the digest of, and still is on record. */
async function recoveryOf(
  { config }: ReceiptDeps,
  events: readonly ReceiptEvent[],
): Promise<ReceiptRecovery[]> {
  const wanted = new Set(events.flatMap(({ facts }) => facts.text('recoveryHash') ?? []))
  if (wanted.size === 0) return []
  const { snapshot } = await config.current()
  const records = snapshot.rows.roots.map(({ row }) => recoveryRecord(row.recovery))
  const known = new Map(records.map((record) => [canonicalHash(record), record]))
  return [...wanted].flatMap((digest) => {
    const record = known.get(digest)
    return record ? [{ digest, record }] : []
  })
}
