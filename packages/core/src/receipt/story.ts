import type { Receipt } from '../wire/receipts.ts'
import { type ReceiptEvent, readEvent } from './receipt-event.ts'

/** The records of a receipt, by what they are there for. */
export interface ReceiptStory {
  readonly task: string
  readonly own: readonly ReceiptEvent[]
  /** The first record of each child task. */
  readonly children: readonly ReceiptEvent[]
  /** Registrations of the passkeys that approved. */
  readonly passkeys: readonly ReceiptEvent[]
  /** What has no place in it. */
  readonly foreign: readonly ReceiptEvent[]
  /** What came of an intent, by the intent's id, in order. */
  outcomes(intent: string): readonly ReceiptEvent[]
}

/** @throws SyntaxError where a record is no JSON */
export function readStory({ task, leaves }: Pick<Receipt, 'task' | 'leaves'>): ReceiptStory {
  const by = { own: [], children: [], passkeys: [], foreign: [] } as Record<Place, ReceiptEvent[]>
  const outcomes = new Map<string, ReceiptEvent[]>()
  for (const leaf of leaves) {
    const event = readEvent(leaf)
    by[placeOf(event, task)].push(event)
    const intent = event.text('intent')
    if (event.phase !== 'outcome' || intent === undefined) continue
    const known = outcomes.get(intent)
    if (known) known.push(event)
    else outcomes.set(intent, [event])
  }
  return { task, ...by, outcomes: (intent) => outcomes.get(intent) ?? [] }
}

type Place = 'own' | 'children' | 'passkeys' | 'foreign'

function placeOf(event: ReceiptEvent, task: string): Place {
  if (event.text('task') === task) return 'own'
  if (event.type === 'task.delegated' && event.facts.text('parentTask') === task) return 'children'
  return event.type === 'passkey.added' ? 'passkeys' : 'foreign'
}

/** The first of this type. */
export const firstOf = (events: readonly ReceiptEvent[], ...types: readonly string[]) =>
  events.find(({ type }) => types.includes(type))

/** Each intent of this type. */
export const intentsOf = (events: readonly ReceiptEvent[], type: string): ReceiptEvent[] =>
  events.filter((event) => event.type === type && event.phase === 'intent')

/** Whether the broker only found out what a call touches. An operation may have that name; a call always has its findings. */
export const isLookup = ({ facts }: ReceiptEvent): boolean =>
  facts.text('operation') === 'resolve' && facts.text('factsHash') === undefined
