import type { ReceiptSummary } from '../wire/receipts.ts'
import { defined } from './defined.ts'
import type { ReceiptEvent } from './receipt-event.ts'
import { intentsOf, isLookup, type ReceiptStory } from './story.ts'

type Summary = ReceiptSummary['approvals'][number]

/** Each question to people, what they answered, and what was done under it. */
export function summariseApprovals({ own, passkeys }: ReceiptStory): Summary[] {
  const ids = new Set(
    own.flatMap((event) => (event.type.startsWith('approval.') ? (event.text('approval') ?? []) : [])),
  )
  return [...ids].map((approval) => {
    const about = own.filter((event) => event.text('approval') === approval)
    const said = about.filter(({ type }) => type.startsWith('approval.'))
    const asked = said.find(({ type }) => type === 'approval.asked')
    const facts = (asked ?? said[0])?.facts
    return {
      approval,
      answers: said.flatMap((event) => answerOf(event, passkeys)),
      used_by: usesIn(about).map(({ index }) => index),
      expired: said.some(({ type }) => type === 'approval.expired'),
      ...defined({
        kind: facts?.text('kind'),
        level: facts?.text('level'),
        scope: (asked ?? said[0])?.text('scope'),
        operation: facts?.text('operation'),
        requests: facts?.count('count'),
        reason: asked?.text('reason'),
        asked_at: asked?.at,
      }),
    }
  })
}

/** Calls and mints: what an approval is for. */
export const usesIn = (events: readonly ReceiptEvent[]): ReceiptEvent[] => [
  ...intentsOf(events, 'gateway.called').filter((intent) => !isLookup(intent)),
  ...intentsOf(events, 'lease.minted'),
]

function answerOf(event: ReceiptEvent, passkeys: readonly ReceiptEvent[]): Summary['answers'] {
  const { type, actor, facts } = event
  if (type !== 'approval.given' && type !== 'approval.denied') return []
  const passkey = facts.text('name')
  return [
    {
      user: actor.id,
      verdict: type === 'approval.given' ? 'approve' : 'deny',
      at: event.at,
      ...defined({
        until: facts.text('expiresAt'),
        reason: event.text('reason'),
        passkey,
        passkey_since: passkeys.find((added) => added.facts.text('name') === passkey)?.at,
      }),
    },
  ]
}
