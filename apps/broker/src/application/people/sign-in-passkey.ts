import type { BrowserOptions } from '../../ports/webauthn.ts'
import { liveUser } from '../identity/authenticate.ts'
import { assertPasskey } from './assert-passkey.ts'
import { type Began, beginSession } from './begin-session.ts'
import type { From, PeopleDeps } from './people.ts'

/** The same for everybody: nobody says who they are, so nobody learns who exists. */
export const signInOptions =
  ({ webauthn, challenges }: PeopleDeps) =>
  async (): Promise<BrowserOptions> =>
    await webauthn.assertionOptions(challenges.issue('sign-in'))

/** A passkey says who it is. @throws BrokerError `passkey_invalid`, `forbidden` where the user is disabled, `tampered` */
export const signInPasskey =
  (deps: PeopleDeps) =>
  async (response: unknown, from: From): Promise<Began> => {
    const question = { purpose: 'sign-in' as const, bound: '', requestId: from.requestId }
    const { passkey } = await assertPasskey(deps, response, question)
    liveUser(await deps.config.newest(), passkey.user)
    const signed = {
      user: passkey.user,
      method: 'passkey' as const,
      amr: ['hwk', 'user'],
      passkey: passkey.id,
    }
    const began = beginSession(deps, signed, from)
    await deps.sessions.add(began.session, [began.event])
    return began
  }
