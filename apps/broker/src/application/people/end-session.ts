import { BrokerError } from '@credbroker/core/errors'
import { actorOf, type Caller, hasRole } from '../identity/caller.ts'
import type { PeopleDeps } from './people.ts'
import { isIntact } from './sealed-row.ts'
import { atTheConsole } from './step-up.ts'

/** Ends one's own session, or, for an admin, anybody's. @throws BrokerError `not_found` */
export const endSession =
  (deps: PeopleDeps) =>
  async (caller: Caller, id: string): Promise<void> => {
    if (caller.kind !== 'user')
      throw new BrokerError('forbidden', { detail: 'This is for people, not for agents' })
    const all = await deps.sessions.list(hasRole(caller, 'admin') ? undefined : caller.name)
    const found = all.find(({ body }) => body.id === id)
    // What was changed by hand can be ended too: by an admin, since whose it is cannot be told.
    if (!found || (!isIntact(deps.macs, 'sessions', found) && !hasRole(caller, 'admin')))
      throw new BrokerError('not_found')
    await deps.sessions.end({ id }, sessionEnded(deps, caller, id, 'revoked'))
  }

/** Ends the session that asks. */
export const signOut =
  (deps: PeopleDeps) =>
  async (caller: Caller): Promise<void> => {
    atTheConsole(caller)
    const { id } = caller.session
    await deps.sessions.end({ id }, sessionEnded(deps, caller, id, 'signed-out'))
  }

export const sessionEnded = (
  { record }: Pick<PeopleDeps, 'record'>,
  caller: Caller,
  session: string,
  change: 'done' | 'revoked' | 'signed-out',
) =>
  record({
    type: 'session.ended',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    request: caller.requestId,
    facts: { name: session, change },
  })
