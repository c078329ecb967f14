import type { Session } from '../../ports/people.ts'
import { type Caller, hasRole, requireRole } from '../identity/caller.ts'
import { isOver } from './authenticate-session.ts'
import type { PeopleDeps } from './people.ts'
import { isIntact } from './sealed-row.ts'

export interface ListedSession {
  readonly session: Session
  readonly intact: boolean
}

/** One's own living sessions, or for an admin everybody's. @throws BrokerError `forbidden` */
export const listSessions =
  ({ sessions, macs, clock }: PeopleDeps) =>
  async (caller: Caller, everybody: boolean): Promise<ListedSession[]> => {
    requireRole(caller, everybody ? 'admin' : 'viewer')
    const found = await sessions.list(everybody && hasRole(caller, 'admin') ? undefined : caller.name)
    const now = clock.now()
    return found
      .map((row) => ({ session: row.body, intact: isIntact(macs, 'sessions', row) }))
      .filter(({ session }) => !isOver(session, now))
  }
