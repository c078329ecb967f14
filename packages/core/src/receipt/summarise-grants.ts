import type { Receipt, ReceiptSummary } from '../wire/receipts.ts'
import { backupsOf } from './backups-of.ts'
import { defined } from './defined.ts'
import type { ReceiptEvent } from './receipt-event.ts'
import { isDead } from './state.ts'
import { intentsOf, type ReceiptStory } from './story.ts'

type Grant = ReceiptSummary['grants'][number]
type Credential = ReceiptSummary['credentials'][number]

const STATES = {
  'grant.pending': 'pending',
  'grant.active': 'active',
  'grant.denied': 'denied',
  'grant.ended': 'ended',
} as const

/** Each grant that there was, as its records in their order make it. What was denied at once never was one. */
export function summariseGrants(own: readonly ReceiptEvent[]): Grant[] {
  const grants = new Map<string, Grant>()
  for (const event of own) {
    const id = event.text('grant')
    if (id !== undefined && isAboutGrant(event.type)) grants.set(id, next(id, grants.get(id), event))
  }
  return [...grants.values()]
}

const isAboutGrant = (type: string): type is keyof typeof STATES => Object.hasOwn(STATES, type)

function next(grant: string, before: Grant | undefined, event: ReceiptEvent): Grant {
  const { type, facts } = event
  const kind = facts.text('kind')
  const ended = type === 'grant.ended'
  return {
    ...(before ?? {
      grant,
      scope: event.text('scope') ?? '',
      access: [],
      policies: [],
      at: event.at,
      state: 'pending',
    }),
    ...(isAboutGrant(type) && { state: STATES[type] }),
    ...(event.access.length > 0 && { access: event.access }),
    ...(event.policies.length > 0 && { policies: event.policies }),
    ...((kind === 'minted' || kind === 'gateway') && { token: kind }),
    ...defined({
      root: facts.text('root') ?? before?.root,
      provider: facts.text('provider') ?? before?.provider,
      break_glass: facts.text('breakGlass') ?? before?.break_glass,
      approval: event.text('approval') ?? before?.approval,
      code: event.text('code') ?? before?.code,
      reason: event.text('reason') ?? before?.reason,
    }),
    ...(ended && { ended_at: event.at, ...defined({ end_reason: facts.text('change') }) }),
  }
}

/** Each credential that was asked for at a vendor, and what became of it. */
export function summariseCredentials(
  { own, outcomes }: ReceiptStory,
  receipt: Pick<Receipt, 'recovery'>,
): Credential[] {
  const grants = new Map(summariseGrants(own).map((grant) => [grant.grant, grant]))
  return intentsOf(own, 'lease.minted').map((intent) => {
    const lease = intent.text('lease') ?? ''
    const grant = intent.text('grant')
    const outcome = outcomes(intent.id).at(-1)
    const revoking = own.filter(
      (event) =>
        event.text('lease') === lease &&
        event.phase === 'outcome' &&
        (event.type === 'lease.revoked' || event.type === 'lease.ended'),
    )
    const last = revoking.at(-1)
    const result = outcome?.text('result')
    return {
      lease,
      scope: intent.text('scope') ?? '',
      access: grants.get(grant ?? '')?.access ?? [],
      result: result === 'ok' || result === 'failed' ? result : outcome ? 'unknown' : 'open',
      asked_at: intent.at,
      credential_dead: last?.facts.is('credentialDead') ?? false,
      sessions_dead: last?.facts.is('sessionsDead') ?? false,
      attempts: Math.max(0, ...revoking.map(({ facts }) => facts.count('attempt') ?? 0)),
      ...defined({
        grant,
        provider: intent.facts.text('provider'),
        name: intent.facts.text('vendorName'),
        sha256: outcome?.facts.text('credentialSha256'),
        approval: intent.text('approval'),
        minted_at: result === 'ok' ? outcome?.at : undefined,
        expires_at: outcome?.facts.text('expiresAt'),
        dead_by: outcome?.facts.text('deadBy'),
        dead_at: own.find((event) => event.text('lease') === lease && isDead(event))?.at,
        backups: backupsOf(intent, receipt),
      }),
    } satisfies Credential
  })
}
