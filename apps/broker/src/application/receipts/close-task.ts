import { BrokerError } from '@credbroker/core/errors'
import { readEvent } from '@credbroker/core/receipt/receipt-event'
import type { Task } from '../../domain/task.ts'
import type { StoredCheckpoint } from '../../ports/audit.ts'
import type { ReceiptDeps } from './receipt-deps.ts'

/** The checkpoint chore signs this often. */
const AGAIN_SECONDS = 2

/**
 * The checkpoint that a receipt stands on. Once nothing of a task can come any more, the log says itself how many records there are of
 * it, so that no receipt can leave one out: the first who asks for the receipt waits for that record to be signed.
 * @throws BrokerError `receipt_pending`
 */
export async function coveringCheckpoint(deps: ReceiptDeps, task: Task): Promise<StoredCheckpoint> {
  const closed = (await isOver(deps, task)) ? await close(deps, task) : 0
  const newest = await deps.checkpoints.newest()
  if (!newest || newest.size <= closed || !(await hasBegun(deps, task, newest)))
    throw pending('The newest checkpoint does not cover the task yet')
  return newest
}

const pending = (detail: string) =>
  new BrokerError('receipt_pending', { detail, retryAfterSeconds: AGAIN_SECONDS })

async function isOver({ leases }: ReceiptDeps, { id, state }: Task): Promise<boolean> {
  if (state !== 'ended') return false
  const living = await Promise.all(
    (['reserved', 'active', 'revoking'] as const).map((one) =>
      leases.list({ task: id, state: one, limit: 1 }),
    ),
  )
  return living.every((found) => found.length === 0)
}

/** Answers the index of the record that closes the task. @throws BrokerError `receipt_pending` until there is one */
async function close(deps: ReceiptDeps, task: Task): Promise<number> {
  const { receipts, tree, lineage, audit, record } = deps
  if (await receipts.waiting(task.id)) throw pending('Records of the task have no number yet')
  const { size } = await tree.head()
  const { count, leavesHash, newest } = await receipts.tally(task.id, size)
  if (newest && (await closes(deps, task, newest))) return newest.index
  const children = await lineage.children(task.id)
  await audit.append([
    record({
      type: 'task.closed',
      phase: 'event',
      result: 'ok',
      actor: { kind: 'system', id: 'receipts' },
      sub: task.owner,
      task: task.id,
      environment: task.environment,
      facts: { count, leavesHash, toIndex: size, children: children.length },
    }),
  ])
  throw pending('The task is being closed in the log')
}

/** Whether the newest record of the task closes it, and nothing came between what it counted and itself. */
async function closes(
  { receipts }: ReceiptDeps,
  { id }: Task,
  newest: Parameters<typeof readEvent>[0],
): Promise<boolean> {
  const event = readEvent(newest)
  const counted = event.facts.count('toIndex')
  if (event.type !== 'task.closed' || counted === undefined) return false
  const since = await receipts.page(id, counted - 1, newest.index, LATE)
  return since.length < LATE && since.every((entry) => readEvent(entry).type === 'task.closed')
}

/** Several replicas may close a task at once. */
const LATE = 50

const hasBegun = async (
  { receipts }: ReceiptDeps,
  { id }: Task,
  { size }: StoredCheckpoint,
): Promise<boolean> => (await receipts.page(id, -1, size, 1)).length > 0
