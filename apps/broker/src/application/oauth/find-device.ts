import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { DeviceRequest } from '../../ports/device-store.ts'
import type { Sealed } from '../../ports/people.ts'
import type { Caller, SessionUser } from '../identity/caller.ts'
import { opened } from '../people/sealed-row.ts'
import { atTheConsole } from '../people/step-up.ts'
import { DEVICE_TABLE, type DeviceDeps, userCodeDigest } from './device.ts'

/** The request behind a user code, for a person at the console. @throws BrokerError as {@link pendingDevice} does */
export const findDevice =
  (deps: DeviceDeps) =>
  async (caller: Caller, code: string): Promise<DeviceRequest> => {
    atTheConsole(caller)
    return (await pendingDevice(deps, caller, code)).body
  }

/**
 * A request that waits, by its user code. Ten wrong codes of one person within ten minutes are enough: guessing is
 * counted before it is looked at, at all replicas together (RFC 8628 §5.1).
 * @throws BrokerError `not_found` for what is unknown, answered or over; `too_many`, `tampered`
 */
export async function pendingDevice(
  { devices, macs, clock }: DeviceDeps,
  caller: SessionUser,
  code: string,
): Promise<Sealed<DeviceRequest>> {
  if ((await devices.guess(caller.name, LIMITS.deviceSeconds)) > LIMITS.deviceGuesses)
    throw new BrokerError('too_many', {
      detail: 'Too many wrong codes; wait ten minutes',
      retryAfterSeconds: LIMITS.deviceSeconds,
    })
  const row = await devices.byUserCode(userCodeDigest(macs, code))
  const request = row && opened(macs, DEVICE_TABLE, row)
  if (!row || request?.state !== 'pending' || Date.parse(request.endsAt) <= clock.now().getTime())
    throw new BrokerError('not_found', { detail: 'No login waits under this code' })
  await devices.forgive(caller.name)
  return row
}
