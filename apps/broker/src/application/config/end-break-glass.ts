import { BrokerError } from '@credbroker/core/errors'
import { brokenNow } from '../../domain/break-glass.ts'
import type { BreakGlass } from '../../domain/config.ts'
import { actorOf, type Caller, requireRole } from '../identity/caller.ts'
import { requireRoleNow } from '../identity/require-role-now.ts'
import type { EndedBy } from '../tasks/end-work.ts'
import { aboutGlass, type BreakGlassDeps, changeBreakGlass } from './break-glass.ts'

/**
 * Ends it early, with everything that only it permitted. It takes something away, so a key may do it.
 * @throws BrokerError `forbidden`, `not_found`
 */
export const endBreakGlass =
  (deps: BreakGlassDeps) =>
  async (caller: Caller, id: string): Promise<BreakGlass> => {
    requireRole(caller, 'operator')
    let ended: BreakGlass | undefined
    await changeBreakGlass(deps, (current, held) => {
      requireRoleNow(current, caller, 'operator')
      ended = held.find((one) => one.id === id)
      if (!ended) throw new BrokerError('not_found')
      return { broken: held.filter((one) => one.id !== id), events: [event(deps, caller, ended, 'ended')] }
    })
    const { environment, agent, by } = ended as unknown as BreakGlass
    deps.log.warn({ breakGlass: id, environment, agent, by, endedBy: caller.name }, 'a break-glass was ended')
    await deps.endGroundless(caller)
    return ended as unknown as BreakGlass
  }

/**
 * Takes away what has ended by itself, or with whoever answered for it, and ends what was left of its work. It counted for
 * nothing before that already; this is what says so in the audit log.
 */
export const sweepBreakGlass = (deps: BreakGlassDeps) => async (): Promise<void> => {
  const by = { kind: 'system', id: 'break-glass' } as const
  const seen = (await deps.config.current()).snapshot.stored('controls', 'controls')
  if (!seen?.intact || !seen.row.breakGlass?.length) return
  let over: readonly BreakGlass[] = []
  await changeBreakGlass(deps, ({ snapshot }, held) => {
    const now = deps.clock.now()
    const broken = brokenNow(snapshot, now)
    over = held.filter((one) => !broken.includes(one))
    if (over.length === 0) return undefined
    const change = (one: BreakGlass) => (now.getTime() < Date.parse(one.endsAt) ? 'revoked' : 'expired')
    return { broken, events: over.map((one) => event(deps, by, one, change(one))) }
  })
  if (over.length === 0) return
  for (const { id, environment, agent } of over)
    deps.log.warn({ breakGlass: id, environment, agent }, 'a break-glass is over')
  await deps.endGroundless(by)
}

function event({ record }: BreakGlassDeps, by: EndedBy, one: BreakGlass, change: string) {
  const about = aboutGlass(one)
  return record({
    ...about,
    type: 'break-glass.ended',
    actor: by.kind === 'system' ? by : actorOf(by),
    ...(by.kind !== 'system' && { request: by.requestId }),
    facts: { ...about.facts, change },
  })
}
