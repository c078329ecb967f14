import type { Receipt, ReceiptSummary } from '../wire/receipts.ts'
import { backupsOf } from './backups-of.ts'
import { defined } from './defined.ts'
import type { ReceiptEvent } from './receipt-event.ts'
import { firstOf, intentsOf, isLookup, type ReceiptStory } from './story.ts'

type Call = ReceiptSummary['calls'][number]
type Destroyed = ReceiptSummary['destroyed'][number]

const callsIn = (own: readonly ReceiptEvent[]): ReceiptEvent[] =>
  intentsOf(own, 'gateway.called').filter((intent) => !isLookup(intent))

/** Each call that was announced, with how it ended. */
export function summariseCalls(story: ReceiptStory): Call[] {
  return callsIn(story.own).map((intent) => {
    const { facts } = intent
    const outcome = story.outcomes(intent.id).at(-1)
    return {
      index: intent.index,
      at: intent.at,
      scope: intent.text('scope') ?? '',
      access: intent.access,
      sides: facts.sides('side'),
      erases: facts.sides('erases'),
      anchors: anchorsOf(intent),
      policies: intent.policies,
      result: resultOf(story, outcome),
      ...defined({
        connector: facts.text('connector'),
        operation: facts.text('operation'),
        operations: facts.count('operations'),
        method: facts.text('method'),
        approval: intent.text('approval'),
        break_glass: facts.text('breakGlass'),
        code: outcome?.text('code'),
        status: outcome?.facts.count('upstreamStatus'),
        duration_ms: outcome?.facts.count('durationMs'),
        vendor_request: outcome?.facts.text('vendorRequestId'),
        cut: outcome?.facts.text('cut'),
      }),
    }
  })
}

/** After the end of its task nobody is going to say any more. */
function resultOf({ own }: ReceiptStory, outcome: ReceiptEvent | undefined): Call['result'] {
  const result = outcome?.text('result')
  if (result === 'ok' || result === 'failed' || result === 'denied') return result
  return outcome || firstOf(own, 'task.ended') ? 'unknown' : 'open'
}

const anchorsOf = ({ facts }: ReceiptEvent): string[] => facts.text('anchors')?.split(' ') ?? []

/** What can not be undone and was done, or may have been. */
export function summariseDestroyed(
  story: ReceiptStory,
  receipt: Pick<Receipt, 'questions' | 'recovery'>,
): Destroyed[] {
  return callsIn(story.own).flatMap((intent) => {
    const { facts, access } = intent
    const erases = facts.sides('erases')
    const outcome = story.outcomes(intent.id).at(-1)
    const result = resultOf(story, outcome)
    const status = outcome?.facts.count('upstreamStatus')
    const refused = status !== undefined && status >= 400 && status < 500
    if (!(access.includes('delete') || erases.length > 0)) return []
    if (result === 'failed' || result === 'denied' || refused) return []
    const asked = receipt.questions
      .filter(({ approval }) => approval === intent.text('approval'))
      .flatMap(({ requests }) => requests)
      .find(({ request_hash }) => request_hash === facts.text('requestHash'))
    return [
      {
        index: intent.index,
        at: intent.at,
        scope: intent.text('scope') ?? '',
        operation: facts.text('operation') ?? '',
        anchors: anchorsOf(intent),
        access,
        erases,
        // A vendor that fails may have done a part of it.
        result: result === 'ok' && (status ?? 0) < 500 ? 'ok' : 'unknown',
        ...defined({
          status,
          arguments: asked?.operations,
          duration_ms: outcome?.facts.count('durationMs'),
          approval: intent.text('approval'),
          backups: backupsOf(intent, receipt),
        }),
      } satisfies Destroyed,
    ]
  })
}
