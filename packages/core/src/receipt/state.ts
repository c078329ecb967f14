import type { ReceiptSummary } from '../wire/receipts.ts'
import type { ReceiptEvent } from './receipt-event.ts'
import { firstOf, intentsOf, type ReceiptStory } from './story.ts'

/** What the log says of how many records a task has: all before `before`. */
export interface Closing {
  readonly index: number
  readonly before: number
  readonly count: number
  readonly leavesHash: string
  readonly children: number
}

/** The last one: whatever was recorded after an earlier one is in it. */
export function closingOf({ own }: ReceiptStory): Closing | undefined {
  const event = own.findLast(({ type }) => type === 'task.closed')
  if (!event) return undefined
  const { index, facts } = event
  const [before, count, children] = ['toIndex', 'count', 'children'].map((key) => facts.count(key))
  const leavesHash = facts.text('leavesHash')
  return before === undefined || count === undefined || children === undefined || leavesHash === undefined
    ? undefined
    : { index, before, count, leavesHash, children }
}

/** `final` only when the task has ended, every credential of it is dead, and the log says that this is all. */
export function stateOf(story: ReceiptStory): Pick<ReceiptSummary, 'state' | 'open'> {
  const { own } = story
  const open: ReceiptSummary['open'] = []
  if (!firstOf(own, 'task.ended')) open.push({ what: 'task', id: story.task })
  for (const id of new Set(intentsOf(own, 'lease.minted').map((intent) => intent.text('lease') ?? '')))
    if (!own.some((event) => event.text('lease') === id && isDead(event)))
      open.push({ what: 'credential', id })
  if (open.length === 0 && !closesAll(story)) open.push({ what: 'closing' })
  return { state: open.length === 0 ? 'final' : 'interim', open }
}

export const isDead = ({ type, facts }: ReceiptEvent): boolean =>
  type === 'lease.ended' && facts.is('credentialDead') && facts.is('sessionsDead')

function closesAll(story: ReceiptStory): boolean {
  const closing = closingOf(story)
  return (
    closing !== undefined &&
    story.own.every(({ index, type }) => index < closing.before || type === 'task.closed')
  )
}
