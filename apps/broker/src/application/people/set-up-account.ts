import { BrokerError } from '@credbroker/core/errors'
import { isOpaque, opaqueDigest } from '@credbroker/core/opaque'
import type { Enrolment } from '../../ports/client-keys.ts'
import type { BrowserOptions } from '../../ports/webauthn.ts'
import { liveUser } from '../identity/authenticate.ts'
import { enrolmentMac } from '../identity/invite.ts'
import { type Began, beginSession } from './begin-session.ts'
import { OFFLINE } from './let-back-in.ts'
import { newPasskey, passkeyAdded, registrationOptions, tooManyPasskeys } from './new-passkey.ts'
import { onGround } from './passkey-ground.ts'
import type { From, PeopleDeps } from './people.ts'
import { freshCodes } from './recovery-codes.ts'
import { seal } from './sealed-row.ts'

/** What the browser needs to make the first passkey of whoever holds this link. @throws BrokerError `enrolment_invalid` */
export const setupOptions =
  (deps: PeopleDeps) =>
  async (token: string, from: From): Promise<{ user: string; options: BrowserOptions }> => {
    const { user, digest } = await invitationOf(deps, token, from)
    return { user, options: await registrationOptions(deps, { purpose: 'setup', bound: digest, user }) }
  }

/**
 * Redeems a setup link: one passkey, ten recovery codes and a session, or nothing.
 * @throws BrokerError `enrolment_invalid`, `passkey_invalid`, `conflict`
 */
export const setUpAccount =
  (deps: PeopleDeps) =>
  async (
    { token, response, name }: { token: string; response: unknown; name: string },
    from: From,
  ): Promise<Began & { codes: string[] }> => {
    const { user, digest, invitedBy } = await invitationOf(deps, token, from)
    const order = { purpose: 'setup' as const, bound: digest, user }
    const passkey = await newPasskey(deps, order, { response, name, invitedBy })
    const { codes, kept } = freshCodes(deps, user)
    const signed = { user, method: 'passkey' as const, amr: ['hwk', 'user'], passkey: passkey.id }
    const began = beginSession(deps, signed, from)
    const actor = { kind: 'user' as const, id: user, session: began.session.body.id }
    const setup = { passkey: seal(deps.macs, 'passkeys', passkey), codes: kept, session: began.session }
    const made = deps.record({
      type: 'recovery-codes.made',
      phase: 'event',
      result: 'ok',
      actor,
      request: from.requestId,
      facts: { count: codes.length },
    })
    const events = [passkeyAdded(deps, passkey, actor, from.requestId), made, began.event]
    const done = await onGround(deps, user, (ground) =>
      deps.setups.redeem(digest, { ...setup, ground }, events),
    )
    if (done === 'done') {
      if (invitedBy === OFFLINE)
        deps.log.warn(
          { user, passkey: passkey.id },
          'somebody came back in by a link made on the broker’s machine',
        )
      return { ...began, codes }
    }
    if (done === 'full') throw tooManyPasskeys()
    if (done === 'used') await cameTwice(deps, digest, user, from)
    throw new BrokerError('enrolment_invalid')
  }

/** Whom this token is for, if it still counts. What its inviter handed out does not outlive them (I11). */
async function invitationOf(
  deps: PeopleDeps,
  token: string,
  from: From,
): Promise<Enrolment & { user: string }> {
  if (!isOpaque('set', token)) throw new BrokerError('enrolment_invalid')
  const enrolment = await deps.enrolments.find(opaqueDigest(token))
  if (!enrolment) throw new BrokerError('enrolment_invalid')
  if (enrolmentMac(deps.macs, enrolment) !== enrolment.mac) throw new BrokerError('tampered')
  const { principal, invitedBy, endsAt, digest, usedBy } = enrolment
  const user = /^user:(.+)$/.exec(principal)?.[1]
  if (user === undefined || endsAt <= deps.clock.now()) throw new BrokerError('enrolment_invalid')
  if (usedBy !== null) {
    await cameTwice(deps, digest, user, from)
    throw new BrokerError('enrolment_invalid', { detail: 'This link was used before' })
  }
  const config = await deps.config.newest()
  const inviter = /^user:(.+)$/.exec(invitedBy)?.[1]
  if (inviter !== undefined) liveUser(config, inviter)
  liveUser(config, user)
  return { ...enrolment, user }
}

/** Somebody used it before, so one of the two is an impostor: what the first got is removed. */
async function cameTwice(deps: PeopleDeps, digest: string, user: string, from: From): Promise<void> {
  const event = deps.record({
    type: 'passkey.refused',
    phase: 'event',
    result: 'denied',
    code: 'enrolment_invalid',
    actor: { kind: 'system', id: 'setup' },
    sub: user,
    request: from.requestId,
    reason: 'a setup link came a second time: what the first use made is removed',
  })
  const removed = await deps.setups.revoke(digest, event)
  deps.log.warn({ user }, 'a setup link came a second time: what the first use made is removed')
  if (removed !== undefined) await deps.end({ key: removed }, 'revoked', { kind: 'system', id: 'setup' })
}
