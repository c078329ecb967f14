import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { isOpaque, opaqueDigest } from '@credbroker/core/opaque'
import type { Session } from '../../ports/people.ts'
import { liveUser } from '../identity/authenticate.ts'
import type { SessionUser } from '../identity/caller.ts'
import type { PeopleDeps } from './people.ts'
import { opened, seal } from './sealed-row.ts'

/** A session is marked as seen no oftener, so that reading does not become writing. */
const SEEN_EVERY_MS = 60_000

/**
 * Whose session this is. Everything is read as stored now: a session ended at one replica is over at all (I8), and the
 * roles are those that the user has at this moment. `seen: false`: looking again does not count as use.
 * @throws BrokerError `invalid_token` for what is no session, `unauthenticated` where it is over, `tampered`, `forbidden`
 */
export const authenticateSession =
  ({ sessions, config, macs, clock }: Pick<PeopleDeps, 'sessions' | 'config' | 'macs' | 'clock'>) =>
  async (token: string, requestId: string, { seen = true } = {}): Promise<SessionUser> => {
    if (!isOpaque('ses', token)) throw new BrokerError('invalid_token')
    const stored = await sessions.find(opaqueDigest(token))
    if (!stored) throw over()
    const session = opened(macs, 'sessions', stored)
    const now = clock.now()
    if (isOver(session, now)) throw over()
    const user = liveUser(await config.newest(), session.user)
    if (seen && now.getTime() - Date.parse(session.seenAt) > SEEN_EVERY_MS) {
      const touched = seal(macs, 'sessions', { ...session, seenAt: now.toISOString() })
      // Where another request was first, it was seen all the same.
      await sessions.update(stored, touched, [])
    }
    const limited = session.method === 'recovery'
    return {
      kind: 'user',
      via: 'session',
      name: user.name,
      // A recovery code opens the way to a new passkey and to nothing else.
      roles: limited ? [] : user.roles,
      requestId,
      session: {
        id: session.id,
        method: session.method,
        amr: session.amr,
        limited,
        endsAt: new Date(session.endsAt),
        fresh: isFresh(session, now),
        digest: session.digest,
      },
    }
  }

export function isOver({ endsAt, seenAt }: Session, now: Date): boolean {
  const idleEnd = Date.parse(seenAt) + LIMITS.sessionIdleSeconds * 1000
  return !(now.getTime() < Math.min(Date.parse(endsAt), idleEnd))
}

export const isFresh = ({ passkeyAt }: Session, now: Date): boolean =>
  passkeyAt !== null && now.getTime() - Date.parse(passkeyAt) < LIMITS.stepUpSeconds * 1000

const over = () => new BrokerError('unauthenticated', { detail: 'This session is over; sign in again' })
