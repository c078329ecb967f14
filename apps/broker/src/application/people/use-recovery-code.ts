import { BrokerError } from '@credbroker/core/errors'
import { liveUser } from '../identity/authenticate.ts'
import { type Began, beginSession } from './begin-session.ts'
import type { From, PeopleDeps } from './people.ts'
import { recoveryDigest } from './recovery-codes.ts'
import { opened } from './sealed-row.ts'

/**
 * Signs in whoever lost their passkeys, to register a new one and for nothing else. A code works once.
 * @throws BrokerError `recovery_code_invalid`, `forbidden` where the user is disabled, `tampered`
 */
export const takeRecoveryCode =
  (deps: PeopleDeps) =>
  async (typed: string, from: From): Promise<Began> => {
    const stored = await deps.codes.find(recoveryDigest(typed))
    if (!stored) throw new BrokerError('recovery_code_invalid')
    const { user, digest } = opened(deps.macs, 'recovery_codes', stored)
    liveUser(await deps.config.newest(), user)
    const began = beginSession(deps, { user, method: 'recovery', amr: ['otp'], passkey: null }, from)
    const left = (await deps.codes.count(user)) - 1
    const used = deps.record({
      type: 'recovery-code.used',
      phase: 'event',
      result: 'ok',
      actor: { kind: 'user', id: user, session: began.session.body.id },
      request: from.requestId,
      facts: { count: Math.max(0, left), ...(from.address !== null && { source: from.address }) },
    })
    if (!(await deps.codes.take(digest, began.session, [used, began.event])))
      throw new BrokerError('recovery_code_invalid')
    deps.log.warn({ user, left }, 'somebody signed in with a recovery code')
    return began
  }
