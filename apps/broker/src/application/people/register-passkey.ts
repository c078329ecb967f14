import type { Passkey } from '../../ports/people.ts'
import type { BrowserOptions } from '../../ports/webauthn.ts'
import { actorOf, type Caller, type SessionUser } from '../identity/caller.ts'
import { sessionEnded } from './end-session.ts'
import { newPasskey, passkeyAdded, registrationOptions, tooManyPasskeys } from './new-passkey.ts'
import type { PeopleDeps } from './people.ts'
import { seal } from './sealed-row.ts'
import { atTheConsole, stepUp } from './step-up.ts'

/** Whoever adds a passkey has just used one, or a recovery code. */
function mayRegister(caller: Caller): asserts caller is SessionUser {
  atTheConsole(caller)
  if (!caller.session.limited) stepUp(caller)
}

const orderOf = ({ name, session }: SessionUser) => ({
  purpose: 'register' as const,
  bound: session.id,
  user: name,
})

export const registerOptions =
  (deps: PeopleDeps) =>
  async (caller: Caller): Promise<BrowserOptions> => {
    mayRegister(caller)
    return await registrationOptions(deps, orderOf(caller))
  }

/**
 * Another passkey for whoever is signed in. A session that a recovery code began has done what it was for, and ends.
 * @throws BrokerError `step_up_required`, `passkey_invalid`, `conflict`
 */
export const registerPasskey =
  (deps: PeopleDeps) =>
  async (caller: Caller, answer: { response: unknown; name: string }): Promise<Passkey> => {
    mayRegister(caller)
    const passkey = await newPasskey(deps, orderOf(caller), { ...answer, invitedBy: null })
    const event = passkeyAdded(deps, passkey, actorOf(caller), caller.requestId)
    const stored = await deps.passkeys.add(seal(deps.macs, 'passkeys', passkey), event)
    if (stored === 'full') throw tooManyPasskeys()
    if (caller.session.limited)
      await deps.sessions.end(
        { id: caller.session.id },
        sessionEnded(deps, caller, caller.session.id, 'done'),
      )
    return passkey
  }
