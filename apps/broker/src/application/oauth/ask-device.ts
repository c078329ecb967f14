import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { newOpaque, opaqueDigest } from '@credbroker/core/opaque'
import { Secret } from '@credbroker/core/secret'
import type { DeviceRequest } from '../../ports/device-store.ts'
import type { From } from '../people/people.ts'
import { seal } from '../people/sealed-row.ts'
import { DEVICE_CLIENT, DEVICE_TABLE, type DeviceDeps, newUserCode, userCodeDigest } from './device.ts'

export interface DeviceQuestion {
  readonly clientId: string | undefined
  /** What the machine calls itself; a claim. */
  readonly host: string | undefined
  /** RFC 9449 §10: which key the code is for, where no proof shows it. */
  readonly dpopJkt: string | undefined
  readonly dpop: string | readonly string[] | undefined
  readonly url: string
  readonly from: From
}

export interface DeviceAsked {
  readonly deviceCode: Secret
  /** XXXX-XXXX */
  readonly userCode: string
}

/**
 * A machine asks to act for a person (RFC 8628 §3.1) and says by which key it will: by a proof, or by its thumbprint. Nobody is named yet: whoever
 * confirms at the console gives it what they have. @throws BrokerError `unauthenticated`, `invalid_dpop_proof`, `too_many`
 */
export const askDevice =
  (deps: DeviceDeps) =>
  async ({ clientId, host, dpopJkt, dpop, url, from }: DeviceQuestion): Promise<DeviceAsked> => {
    const { clock, random, macs, record } = deps
    if (clientId !== DEVICE_CLIENT)
      throw new BrokerError('unauthenticated', { detail: `client_id is ${DEVICE_CLIENT} here` })
    const now = clock.now()
    const bound = dpopJkt === undefined ? {} : { jkt: dpopJkt }
    const proof =
      dpop === undefined && dpopJkt !== undefined
        ? undefined
        : deps.proofs.verifyProof({ header: dpop, method: 'POST', url, ...bound }, now)
    const jkt = proof?.jkt ?? dpopJkt ?? ''
    await notInUse(deps, jkt)
    const deviceCode = newOpaque('dev', random)
    const code = newUserCode(random)
    const request: DeviceRequest = {
      id: deps.newId('login'),
      digest: opaqueDigest(deviceCode),
      userCode: userCodeDigest(macs, code),
      jkt,
      client: DEVICE_CLIENT,
      host: host ?? null,
      address: from.address,
      browser: from.browser,
      askedAt: now.toISOString(),
      endsAt: new Date(now.getTime() + LIMITS.deviceSeconds * 1000).toISOString(),
      state: 'pending',
      user: null,
    }
    const event = record({
      type: 'device.asked',
      phase: 'event',
      result: 'ok',
      actor: { kind: 'system', id: DEVICE_CLIENT, jkt },
      request: from.requestId,
      facts: {
        name: request.id,
        expiresAt: request.endsAt,
        ...(from.address !== null && { source: from.address }),
        ...(from.browser !== null && { browser: from.browser }),
        ...(host !== undefined && { workload: host }),
      },
    })
    const limits = { intervalSeconds: LIMITS.deviceIntervalSeconds, most: LIMITS.devicesPending }
    const outcome = await deps.devices.add(seal(macs, DEVICE_TABLE, request), limits, proof, event)
    if (outcome === 'replayed') throw new BrokerError('replayed_proof')
    if (outcome === 'full')
      throw new BrokerError('too_many', {
        detail: 'Too many logins wait for a person',
        retryAfterSeconds: 60,
      })
    return { deviceCode: new Secret(deviceCode), userCode: `${code.slice(0, 4)}-${code.slice(4)}` }
  }

/** I12: a key that is somebody's already does not become another's. */
async function notInUse({ keys }: DeviceDeps, jkt: string): Promise<void> {
  const known = await keys.live(jkt).catch((error: unknown) => {
    if (error instanceof BrokerError && error.code === 'unauthenticated') return undefined
    throw error
  })
  if (known) throw new BrokerError('forbidden', { detail: 'This key is in use: make a fresh one' })
}
