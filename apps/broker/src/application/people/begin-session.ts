import type { AuditRecord } from '@credbroker/core/audit/event'
import { LIMITS } from '@credbroker/core/limits'
import { newOpaque, opaqueDigest } from '@credbroker/core/opaque'
import { Secret } from '@credbroker/core/secret'
import type { Sealed, Session, SessionMethod } from '../../ports/people.ts'
import type { From, PeopleDeps } from './people.ts'
import { seal } from './sealed-row.ts'

/** A session that is about to be stored: its secret, shown once, and what is kept. */
export interface Began {
  readonly token: Secret
  readonly session: Sealed<Session>
  readonly event: AuditRecord
}

export interface Signed {
  readonly user: string
  readonly method: SessionMethod
  readonly amr: readonly string[]
  readonly passkey: string | null
}

/** Makes a session for somebody who has just shown who they are. Whoever calls stores it, together with the event. */
export function beginSession(
  { macs, clock, random, newId, record }: Pick<PeopleDeps, 'macs' | 'clock' | 'random' | 'newId' | 'record'>,
  { user, method, amr, passkey }: Signed,
  { address, browser, requestId }: From,
): Began {
  const now = clock.now()
  const lives = method === 'recovery' ? LIMITS.recoverySessionSeconds : LIMITS.sessionSeconds
  const secret = newOpaque('ses', random)
  const session: Session = {
    id: newId('session'),
    digest: opaqueDigest(secret),
    user,
    method,
    amr,
    passkey,
    createdAt: now.toISOString(),
    endsAt: new Date(now.getTime() + lives * 1000).toISOString(),
    seenAt: now.toISOString(),
    passkeyAt: passkey === null ? null : now.toISOString(),
    address,
    browser,
  }
  const event = record({
    type: 'session.started',
    phase: 'event',
    result: 'ok',
    actor: { kind: 'user', id: user, session: session.id },
    request: requestId,
    facts: {
      kind: method,
      expiresAt: session.endsAt,
      ...(amr.length > 0 && { amr: amr.join(' ') }),
      ...(address !== null && { source: address }),
      ...(browser !== null && { browser }),
    },
  })
  return { token: new Secret(secret), session: seal(macs, 'sessions', session), event }
}
