import { BrokerError } from '@credbroker/core/errors'
import type { BrowserOptions } from '../../ports/webauthn.ts'
import { type Caller, isSession, type SessionUser } from '../identity/caller.ts'
import { assertPasskey } from './assert-passkey.ts'
import type { PeopleDeps } from './people.ts'
import { opened, seal } from './sealed-row.ts'

/**
 * For acts that are dangerous in a browser left alone: a passkey must have answered in this session within the last
 * five minutes. Keys sign every request themselves and pass; what they may widen is I4c's business.
 * @throws BrokerError `step_up_required`
 */
export function stepUp(caller: Caller): void {
  if (caller.kind === 'user' && isSession(caller) && !caller.session.fresh)
    throw new BrokerError('step_up_required')
}

/**
 * For acts about passkeys: only a person before a browser. A CLI key lies on a machine where an agent may work, and one
 * that could add a passkey could approve (I4). @throws BrokerError `step_up_required`, `forbidden` for agents
 */
export function atTheConsole(caller: Caller): asserts caller is SessionUser {
  if (caller.kind !== 'user')
    throw new BrokerError('forbidden', { detail: 'This is for people, not for agents' })
  if (!isSession(caller))
    throw new BrokerError('step_up_required', {
      detail: 'Only a person at the console may do this, not a key',
    })
}

export const stepUpOptions =
  ({ passkeys, webauthn, challenges }: PeopleDeps) =>
  async (caller: Caller): Promise<BrowserOptions> => {
    atTheConsole(caller)
    const own = await passkeys.list(caller.name)
    return await webauthn.assertionOptions(
      challenges.issue('step-up', caller.session.id),
      own.map(({ body }) => body),
    )
  }

/** A passkey of this user answers in this session. @throws BrokerError `passkey_invalid`, `unauthenticated` */
export const confirmPasskey =
  (deps: PeopleDeps) =>
  async (caller: Caller, response: unknown): Promise<void> => {
    atTheConsole(caller)
    const { passkey } = await assertPasskey(deps, response, {
      purpose: 'step-up',
      bound: caller.session.id,
      user: caller.name,
      requestId: caller.requestId,
    })
    const { sessions, macs, clock, record } = deps
    const stored = await sessions.find(caller.session.digest)
    if (!stored) throw new BrokerError('unauthenticated')
    const now = clock.now().toISOString()
    const confirmed = { ...opened(macs, 'sessions', stored), passkeyAt: now, seenAt: now }
    const event = record({
      type: 'session.stepped-up',
      phase: 'event',
      result: 'ok',
      actor: { kind: 'user', id: caller.name, session: caller.session.id },
      request: caller.requestId,
      facts: { kind: 'passkey', name: passkey.id },
    })
    if (!(await sessions.update(stored, seal(macs, 'sessions', confirmed), [event])))
      throw new BrokerError('conflict', { detail: 'The session changed meanwhile' })
  }
