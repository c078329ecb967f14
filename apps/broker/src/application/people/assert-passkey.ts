import { BrokerError } from '@credbroker/core/errors'
import type { Passkey } from '../../ports/people.ts'
import type { ChallengePurpose } from './challenges.ts'
import { type PeopleDeps, userHandle } from './people.ts'
import { opened, seal } from './sealed-row.ts'

export interface AssertionQuestion {
  readonly purpose: ChallengePurpose
  readonly bound: string
  /** Whose passkey it must be, where that is known. */
  readonly user?: string
  readonly requestId: string
}

/**
 * One passkey's answer to one challenge of ours: taken once, verified, its counter moved on. Every no looks the same
 * from outside; what is known of the passkey is in the audit log. @throws BrokerError `passkey_invalid`, `tampered`
 */
export async function assertPasskey(
  deps: PeopleDeps,
  response: unknown,
  { purpose, bound, user, requestId }: AssertionQuestion,
): Promise<{ passkey: Passkey }> {
  const { challenge } = deps.webauthn.claimed(response)
  await deps.challenges.take(challenge, purpose, bound, 'passkey_invalid')
  return await answeredBy(deps, response, challenge, user, requestId)
}

type Asserting = Pick<PeopleDeps, 'passkeys' | 'webauthn' | 'macs' | 'audit' | 'record' | 'log'>

/**
 * The passkey that signed exactly this challenge, its counter moved on. That it is answered once is for the caller to see to.
 * @throws BrokerError `passkey_invalid`, `tampered`
 */
export async function answeredBy(
  deps: Asserting,
  response: unknown,
  challenge: string,
  user: string | undefined,
  requestId: string,
): Promise<{ passkey: Passkey }> {
  const { passkeys, webauthn, macs } = deps
  const claimed = webauthn.claimed(response)
  const stored = await passkeys.byCredential(claimed.credential)
  if (!stored) throw new BrokerError('passkey_invalid')
  const passkey = opened(macs, 'passkeys', stored)
  const handle = claimed.handle ?? userHandle(macs, passkey.user)
  if ((user !== undefined && passkey.user !== user) || handle !== userHandle(macs, passkey.user))
    throw await refused(deps, passkey, requestId, 'it belongs to another user')
  const counter = await webauthn
    .verifyAssertion(response, challenge, passkey)
    .catch(async (error: unknown) => {
      if (!(error instanceof BrokerError && error.code === 'passkey_invalid')) throw error
      throw await refused(deps, passkey, requestId, 'the answer did not verify')
    })
  if ((counter > 0 || passkey.counter > 0) && counter <= passkey.counter) {
    deps.log.warn(
      { passkey: passkey.id, user: passkey.user },
      'the counter of a passkey went back: it was copied',
    )
    throw await refused(deps, passkey, requestId, 'its counter went back: it was copied')
  }
  const moved = seal(macs, 'passkeys', { ...passkey, counter })
  if (!(await passkeys.touch(stored, moved))) throw new BrokerError('passkey_invalid')
  return { passkey }
}

async function refused(
  { audit, record }: Asserting,
  passkey: Passkey,
  request: string,
  reason: string,
): Promise<BrokerError> {
  const event = record({
    type: 'passkey.refused',
    phase: 'event',
    result: 'denied',
    code: 'passkey_invalid',
    actor: { kind: 'system', id: 'passkeys' },
    sub: passkey.user,
    request,
    reason,
    facts: { name: passkey.id },
  })
  await audit.append([event])
  return new BrokerError('passkey_invalid')
}
