import type { Role } from '@credbroker/core/config/document'
import { BrokerError } from '@credbroker/core/errors'
import type { Config } from '../config/live-config.ts'
import { actorOf, type Caller, hasRole } from '../identity/caller.ts'
import type { PeopleDeps } from './people.ts'
import { atTheConsole, stepUp } from './step-up.ts'

/** Without a passkey among them nobody could administer at the console, or approve. */
const KEPT: readonly Role[] = ['admin', 'approver']

/**
 * Removes a passkey of one's own, or, for an admin, of anybody, and ends the sessions that it began.
 * @throws BrokerError `step_up_required`, `not_found`, `conflict` for the last one of all admins or all approvers
 */
export const removePasskey =
  (deps: PeopleDeps) =>
  async (caller: Caller, id: string): Promise<void> => {
    atTheConsole(caller)
    stepUp(caller)
    const all = await deps.passkeys.list(hasRole(caller, 'admin') ? undefined : caller.name)
    const found = all.find(({ body }) => body.id === id)
    if (!found) throw new BrokerError('not_found')
    const event = deps.record({
      type: 'passkey.removed',
      phase: 'event',
      result: 'ok',
      actor: actorOf(caller),
      sub: found.body.user,
      request: caller.requestId,
      facts: { name: id },
    })
    const config = await deps.config.newest()
    const groups = KEPT.map((role) => holders(config, role)).filter((users) =>
      users.includes(found.body.user),
    )
    const removed = await deps.passkeys.remove(id, groups, event)
    if (removed === 'absent') throw new BrokerError('not_found')
    if (removed === 'last')
      throw new BrokerError('conflict', {
        detail: 'It is the last passkey of all who administer, or of all who approve; register another first',
      })
  }

/** Enabled users with this role. */
export const holders = ({ snapshot }: Pick<Config, 'snapshot'>, role: Role): string[] =>
  snapshot.rows.users.flatMap(({ row, intact }) =>
    intact && !row.disabled && row.roles.includes(role) ? [row.name] : [],
  )
