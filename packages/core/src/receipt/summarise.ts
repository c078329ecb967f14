import type { Receipt, ReceiptSummary } from '../wire/receipts.ts'
import { defined } from './defined.ts'
import { closingOf, stateOf } from './state.ts'
import { intentsOf, isLookup, readStory } from './story.ts'
import { summariseApprovals } from './summarise-approvals.ts'
import { summariseCalls, summariseDestroyed } from './summarise-calls.ts'
import { summariseCredentials, summariseGrants } from './summarise-grants.ts'
import { summariseTask } from './summarise-task.ts'

type Whole = Pick<Receipt, 'task' | 'checkpoint' | 'leaves' | 'questions' | 'recovery'>

/**
 * What a receipt says, for people. It is made from the records alone, and from what digests in them bind, so that nothing is shown as
 * proven which is not; whether it is proven, `verifyReceipt` says. Needs nothing of Node. @throws SyntaxError where a record is no JSON
 */
export function summarise(receipt: Whole): ReceiptSummary {
  const story = readStory(receipt)
  const { own } = story
  const { state, open } = stateOf(story)
  const closing = closingOf(story)
  return {
    state,
    open,
    task: summariseTask(story),
    grants: summariseGrants(own),
    credentials: summariseCredentials(story, receipt),
    calls: summariseCalls(story),
    lookups: intentsOf(own, 'gateway.called').filter(isLookup).length,
    denials: own
      .filter(({ type }) => ['gateway.denied', 'grant.denied', 'task.denied'].includes(type))
      .map((event) => ({
        index: event.index,
        at: event.at,
        what: event.type,
        ...defined({
          scope: event.text('scope'),
          operation: event.facts.text('operation'),
          code: event.text('code'),
          reason: event.text('reason'),
        }),
        access: event.access,
      })),
    approvals: summariseApprovals(story),
    destroyed: summariseDestroyed(story, receipt),
    unknown: own
      .filter(
        ({ phase, id, type }) => phase === 'intent' && type !== 'lease.revoked' && unanswered(story, id),
      )
      .map(({ index, at, type }) => ({ index, at, type })),
    children: story.children.map((event) => ({
      task: event.text('task') ?? '',
      ...defined({ sub_agent: event.facts.text('name') }),
      at: event.at,
    })),
    records: own.length,
    ...(state === 'final' && closing && { complete_before: closing.before }),
    checkpoint: sayingOf(receipt.checkpoint),
  }
}

/** An outcome that says "unknown" settles nothing. */
const unanswered = (story: ReturnType<typeof readStory>, intent: string): boolean =>
  story.outcomes(intent).every((outcome) => outcome.text('result') === 'unknown')

/** The first two lines of a C2SP tlog-checkpoint. */
function sayingOf(note: string): ReceiptSummary['checkpoint'] {
  const [origin = '', size = ''] = note.split('\n', 2)
  return { origin, size: /^\d{1,15}$/.test(size) ? Number(size) : 0 }
}
