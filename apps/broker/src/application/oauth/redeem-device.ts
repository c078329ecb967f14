import type { PublicJwk } from '@credbroker/core/client-key'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { isOpaque, opaqueDigest } from '@credbroker/core/opaque'
import type { EnrolledKey } from '../../ports/client-keys.ts'
import type { DeviceRequest } from '../../ports/device-store.ts'
import { keyMac } from '../identity/known-keys.ts'
import { principalAccess } from '../identity/principal-access.ts'
import { opened } from '../people/sealed-row.ts'
import { DEVICE_CLIENT, DEVICE_TABLE, type DeviceDeps } from './device.ts'

export interface DeviceRedemption {
  readonly deviceCode: string
  readonly clientId: string | undefined
  readonly dpop: string | readonly string[] | undefined
  readonly url: string
  readonly requestId: string
}

/**
 * The machine asks whether somebody answered (RFC 8628 §3.4). Once they said yes, its key is theirs for twelve hours,
 * and the first token comes along; after that it signs in as every enrolled key does. The code works once, and only by
 * the key that asked. @throws BrokerError `authorization_pending`, `slow_down`, `expired_token`, `denied`,
 *   `invalid_token` for an unknown or used code, `invalid_dpop_proof`, `replayed_proof`
 */
export const redeemDevice =
  (deps: DeviceDeps) =>
  async ({ deviceCode, clientId, dpop, url, requestId }: DeviceRedemption) => {
    const { clock, macs, record, devices } = deps
    if (clientId !== DEVICE_CLIENT)
      throw new BrokerError('unauthenticated', { detail: `client_id is ${DEVICE_CLIENT} here` })
    const now = clock.now()
    const proof = deps.proofs.verifyProof({ header: dpop, method: 'POST', url }, now)
    if (!isOpaque('dev', deviceCode)) throw unknown()
    const polled = await devices.poll(opaqueDigest(deviceCode), proof)
    if (polled === 'replayed') throw new BrokerError('replayed_proof')
    if (!polled) throw unknown()
    const request = opened(macs, DEVICE_TABLE, polled.request)
    // RFC 9449 §10: whoever else got hold of the code has not the key that asked.
    if (request.jkt !== proof.jkt) throw unknown()
    if (Date.parse(request.endsAt) <= now.getTime()) throw new BrokerError('expired_token')
    if (polled.tooSoon) throw new BrokerError('slow_down')
    if (request.state === 'pending' || request.user === null) throw new BrokerError('authorization_pending')
    if (request.state === 'denied') {
      await devices.redeem(polled.request, undefined, [])
      throw new BrokerError('denied', { detail: 'The person said no' })
    }
    const key = loginKey(request, proof.publicJwk, request.user, now)
    // Disabled since: no key is left behind (I11).
    const access = await principalAccess(deps, key)
    const event = record({
      type: 'agent.enrolled',
      phase: 'event',
      result: 'ok',
      actor: { kind: 'user', id: request.user, jkt: key.jkt },
      request: requestId,
      facts: { name: key.principal, kind: 'login', source: request.id, expiresAt: key.endsAt },
    })
    if (!(await devices.redeem(polled.request, { key, mac: keyMac(macs, key) }, [event]))) throw unknown()
    return await deps.tokens.issue(access, now, { endsAt: new Date(key.endsAt) })
  }

const loginKey = ({ id, jkt }: DeviceRequest, jwk: PublicJwk, user: string, now: Date): EnrolledKey => ({
  jkt,
  principal: `user:${user}`,
  jwk,
  createdAt: now.toISOString(),
  endsAt: new Date(now.getTime() + LIMITS.loginKeySeconds * 1000).toISOString(),
  login: id,
})

const unknown = () => new BrokerError('invalid_token', { detail: 'The device code is unknown, used or over' })
