import type { ReceiptSummary } from '../wire/receipts.ts'
import { defined } from './defined.ts'
import { firstOf, type ReceiptStory } from './story.ts'

/** Who worked, for what and how long: the first record of the task and its last. */
export function summariseTask({ own, task }: ReceiptStory): ReceiptSummary['task'] {
  const start = firstOf(own, 'task.started', 'task.delegated')
  const end = firstOf(own, 'task.ended')
  // Of a child task the parent acted, and says who is to work.
  const [agent = '', subAgent] =
    start?.type === 'task.delegated'
      ? (start.facts.text('name') ?? '').replace(/^agent:/, '').split('/', 2)
      : [start?.actor.id]
  return {
    id: task,
    agent,
    token_type: 'DPoP',
    ...defined({
      owner: start?.text('sub'),
      tool: start?.facts.text('tool'),
      model: start?.facts.text('model'),
      environment: start?.text('environment'),
      tier: own.map(({ facts }) => facts.text('tier')).find((tier) => tier !== undefined),
      purpose: start?.facts.text('purpose'),
      ticket: start?.facts.text('ticket'),
      scan: start?.facts.text('scan'),
      sandbox: start?.facts.is('sandbox') || undefined,
      allowed_findings: allowedIn(own),
      parent: start?.facts.text('parentTask'),
      sub_agent: subAgent,
      key: start?.type === 'task.delegated' ? start.facts.text('keyThumbprint') : start?.actor.jkt,
      started_at: start?.at,
      ended_at: end?.at,
      end_reason: end?.facts.text('change'),
    }),
  }
}

/** In no order of their own: they were written in one statement. Undefined where none was let pass. */
function allowedIn(own: ReceiptStory['own']) {
  const allowed = own.filter(({ type }) => type === 'finding.allowed')
  if (allowed.length === 0) return undefined
  return allowed
    .map((event) => ({
      finding: event.facts.text('finding') ?? '',
      reason: event.text('reason') ?? '',
    }))
    .sort((a, b) => (a.finding < b.finding ? -1 : 1))
}
