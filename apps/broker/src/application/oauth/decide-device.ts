import { BrokerError } from '@credbroker/core/errors'
import { actorOf, type Caller } from '../identity/caller.ts'
import { seal } from '../people/sealed-row.ts'
import { atTheConsole, stepUp } from '../people/step-up.ts'
import { DEVICE_TABLE, type DeviceDeps } from './device.ts'
import { pendingDevice } from './find-device.ts'

/**
 * A person answers whether the machine that asked is theirs. A yes lets it act with all their roles for hours, so a
 * passkey must have answered lately; a no needs nothing.
 * @throws BrokerError `step_up_required`, `not_found`, `too_many`, `conflict` where it was answered meanwhile
 */
export const decideDevice =
  (deps: DeviceDeps) =>
  async (caller: Caller, code: string, state: 'approved' | 'denied'): Promise<void> => {
    atTheConsole(caller)
    if (state === 'approved') stepUp(caller)
    const before = await pendingDevice(deps, caller, code)
    const after = seal(deps.macs, DEVICE_TABLE, { ...before.body, state, user: caller.name })
    const event = deps.record({
      type: `device.${state}`,
      phase: 'event',
      result: state === 'approved' ? 'ok' : 'denied',
      actor: actorOf(caller),
      request: caller.requestId,
      facts: {
        name: before.body.id,
        keyThumbprint: before.body.jkt,
        ...(before.body.address !== null && { source: before.body.address }),
      },
    })
    if (!(await deps.devices.decide(before, after, event)))
      throw new BrokerError('conflict', { detail: 'This login was answered or given up meanwhile' })
  }
