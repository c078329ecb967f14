import { BrokerError } from '@credbroker/core/errors'
import type { Caller } from '../identity/caller.ts'
import { isFresh } from './authenticate-session.ts'
import type { PeopleDeps } from './people.ts'
import { opened, seal } from './sealed-row.ts'
import { atTheConsole } from './step-up.ts'

export type SpendStepUp = (caller: Caller) => Promise<void>

/**
 * For an act that each takes a passkey's answer of its own: the one that this session has is used up, so that what is
 * sent twice, or at once at two replicas, is done once.
 * @throws BrokerError `step_up_required`, `unauthenticated` where the session is over, `conflict`, `tampered`
 */
export const spendStepUp =
  ({ sessions, macs, clock }: Pick<PeopleDeps, 'sessions' | 'macs' | 'clock'>): SpendStepUp =>
  async (caller) => {
    atTheConsole(caller)
    const stored = await sessions.find(caller.session.digest)
    if (!stored) throw new BrokerError('unauthenticated')
    const session = opened(macs, 'sessions', stored)
    if (!isFresh(session, clock.now())) throw new BrokerError('step_up_required')
    if (!(await sessions.update(stored, seal(macs, 'sessions', { ...session, passkeyAt: null }), [])))
      throw new BrokerError('conflict', { detail: 'The session changed meanwhile' })
  }
