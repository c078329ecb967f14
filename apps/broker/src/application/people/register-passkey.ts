import type { Passkey } from '../../ports/people.ts'
import type { BrowserOptions } from '../../ports/webauthn.ts'
import { actorOf, type Caller, type SessionUser } from '../identity/caller.ts'
import { sessionEnded } from './end-session.ts'
import { newPasskey, passkeyAdded, registrationOptions, tooManyPasskeys } from './new-passkey.ts'
import { onGround } from './passkey-ground.ts'
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

/**
 * I4c: a passkey gives what the person's roles allow. Whoever lost theirs brings a recovery code instead, which they got with
 * it: otherwise the only approver who loses a passkey would close the broker for good.
 */
async function approved(deps: PeopleDeps, caller: SessionUser, given: string | undefined) {
  if (caller.session.limited) return undefined
  const { snapshot } = await deps.config.newest()
  const { name } = caller
  const roles = snapshot.user(name)?.roles.join(', ')
  const lines = [`+ passkey of ${name}  (widens)`, `    a further one; ${name} has the roles: ${roles}`]
  return await deps.approve(caller, snapshot, { what: { passkey: name }, lines, user: name }, given)
}

/** @throws ApprovalPending, and as {@link registerPasskey} */
export const registerOptions =
  (deps: PeopleDeps) =>
  async (caller: Caller, given?: string): Promise<BrowserOptions> => {
    mayRegister(caller)
    await approved(deps, caller, given)
    return await registrationOptions(deps, orderOf(caller))
  }

/**
 * Another passkey for whoever is signed in. A session that a recovery code began has done what it was for, and ends.
 * @throws ApprovalPending where it could open a protected environment (I4c)
 * @throws BrokerError `step_up_required`, `passkey_invalid`, `conflict`, `approval_invalid`, `approval_denied`
 */
export const registerPasskey =
  (deps: PeopleDeps) =>
  async (caller: Caller, answer: { response: unknown; name: string }, given?: string): Promise<Passkey> => {
    mayRegister(caller)
    const approval = await approved(deps, caller, given)
    const passkey = await newPasskey(deps, orderOf(caller), { ...answer, invitedBy: null })
    await approval?.spend()
    const event = passkeyAdded(deps, passkey, actorOf(caller), caller.requestId)
    const sealed = seal(deps.macs, 'passkeys', passkey)
    const stored = await onGround(deps, caller.name, (ground) => deps.passkeys.add(sealed, event, ground))
    if (stored === 'full') throw tooManyPasskeys()
    if (caller.session.limited)
      await deps.sessions.end(
        { id: caller.session.id },
        sessionEnded(deps, caller, caller.session.id, 'done'),
      )
    return passkey
  }
