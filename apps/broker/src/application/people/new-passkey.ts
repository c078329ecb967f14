import { createHash } from 'node:crypto'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Passkey } from '../../ports/people.ts'
import type { BrowserOptions } from '../../ports/webauthn.ts'
import type { ChallengePurpose } from './challenges.ts'
import { type PeopleDeps, userHandle } from './people.ts'

export interface RegistrationOrder {
  readonly purpose: Extract<ChallengePurpose, 'setup' | 'register'>
  readonly bound: string
  readonly user: string
}

export async function registrationOptions(
  { passkeys, webauthn, challenges, macs }: PeopleDeps,
  { purpose, bound, user }: RegistrationOrder,
): Promise<BrowserOptions> {
  const known = await passkeys.list(user)
  const subject = { name: user, handle: userHandle(macs, user), known: known.map(({ body }) => body) }
  return await webauthn.registrationOptions(subject, challenges.issue(purpose, bound))
}

/** The passkey that a browser made for our challenge; not stored yet. @throws BrokerError `passkey_invalid` */
export async function newPasskey(
  { webauthn, challenges, clock, newId }: PeopleDeps,
  { purpose, bound, user }: RegistrationOrder,
  { response, name, invitedBy }: { response: unknown; name: string; invitedBy: string | null },
): Promise<Passkey> {
  const { challenge, credential: claimed } = webauthn.claimed(response)
  await challenges.take(challenge, purpose, bound, 'passkey_invalid')
  const { credential, publicKey, counter, transports, synced } = await webauthn.verifyRegistration(
    response,
    challenge,
  )
  if (credential !== claimed) throw new BrokerError('passkey_invalid')
  const createdAt = clock.now().toISOString()
  return {
    id: newId('passkey'),
    user,
    credential,
    publicKey,
    counter,
    transports,
    name,
    synced,
    createdAt,
    invitedBy,
  }
}

/** SHA-256 of its public key. */
export const keyDigest = ({ publicKey }: Pick<Passkey, 'publicKey'>): string =>
  createHash('sha256').update(publicKey, 'base64url').digest('base64url')

export const passkeyAdded = (
  { record }: Pick<PeopleDeps, 'record'>,
  passkey: Passkey,
  actor: { kind: 'user' | 'agent'; id: string; session?: string },
  request: string,
) =>
  record({
    type: 'passkey.added',
    phase: 'event',
    result: 'ok',
    actor,
    sub: passkey.user,
    request,
    facts: {
      name: passkey.id,
      kind: passkey.synced ? 'synced' : 'one-device',
      publicKeySha256: keyDigest(passkey),
    },
  })

export const tooManyPasskeys = () =>
  new BrokerError('conflict', { detail: `At most ${LIMITS.passkeysPerUser} passkeys; remove one first` })
