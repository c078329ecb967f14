import type { Role } from '@credbroker/core/config/document'
import type { ConfigWriter } from '../../ports/config-store.ts'
import type { SsoLinkStore } from '../../ports/people.ts'
import type { SingleSignOn } from '../../ports/sso.ts'
import { authenticateSession } from './authenticate-session.ts'
import { endSession, signOut } from './end-session.ts'
import { listPasskeys } from './list-passkeys.ts'
import { listSessions } from './list-sessions.ts'
import type { PeopleDeps } from './people.ts'
import { makeRecoveryCodes } from './recovery-codes.ts'
import { registerOptions, registerPasskey } from './register-passkey.ts'
import { removePasskey } from './remove-passkey.ts'
import { setUpAccount, setupOptions } from './set-up-account.ts'
import { signInOptions, signInPasskey } from './sign-in-passkey.ts'
import { signInSso, startSso } from './sign-in-sso.ts'
import { confirmPasskey, stepUpOptions } from './step-up.ts'
import { takeRecoveryCode } from './use-recovery-code.ts'

/** Single sign-on as it is set up: who vouches, and what each of its groups may do here. */
export interface SsoSetup {
  readonly client: SingleSignOn
  readonly groups: ReadonlyMap<string, readonly Role[]>
}

/** Every verb about people, bound to its world. */
export const peopleCases = (deps: PeopleDeps) => ({
  authenticateSession: authenticateSession(deps),
  people: {
    setupOptions: setupOptions(deps),
    setUpAccount: setUpAccount(deps),
    signInOptions: signInOptions(deps),
    signInPasskey: signInPasskey(deps),
    takeRecoveryCode: takeRecoveryCode(deps),
    stepUpOptions: stepUpOptions(deps),
    confirmPasskey: confirmPasskey(deps),
    registerOptions: registerOptions(deps),
    registerPasskey: registerPasskey(deps),
    listPasskeys: listPasskeys(deps),
    removePasskey: removePasskey(deps),
    makeRecoveryCodes: makeRecoveryCodes(deps),
    listSessions: listSessions(deps),
    endSession: endSession(deps),
    signOut: signOut(deps),
  },
})

/** Undefined where no identity provider is set up. */
export function ssoCases(
  deps: PeopleDeps & { readonly links: SsoLinkStore; readonly store: ConfigWriter },
  setup: SsoSetup | undefined,
) {
  if (!setup) return undefined
  const all = { ...deps, sso: setup.client, groups: setup.groups }
  return { start: startSso(all), signIn: signInSso(all) }
}
