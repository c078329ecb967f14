import { BrokerError } from '@credbroker/core/errors'
import type { AssertionKeyring } from '../../ports/assertions.ts'
import type { KeyPurpose, SigningKeyRecord, Told } from '../../ports/signing-keys.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { hasIssuer } from '../oauth/describe-issuer.ts'
import { stepUp } from '../people/step-up.ts'
import { actorOf, type Caller } from './caller.ts'
import { configAs } from './require-role-now.ts'

export interface RotateKeyDeps {
  readonly config: LiveConfig
  readonly record: Recorder
  readonly now: () => Date
  readonly keys: {
    rotate(told: Told): Promise<SigningKeyRecord>
    readonly assertions: AssertionKeyring
  }
}

export type KeyToRotate =
  | { readonly purpose: 'access-token' }
  | { readonly purpose: 'assertion'; readonly environment: string }

/**
 * Makes a new key of one purpose; the log says who had it made, in the transaction that stores it (I6).
 * @throws BrokerError `forbidden`, `not_found` where the environment has no issuer, `step_up_required`
 */
export const rotateKey =
  ({ config, record, now, keys }: RotateKeyDeps) =>
  async (caller: Caller, order: KeyToRotate): Promise<SigningKeyRecord> => {
    const { snapshot } = await configAs(config, caller, 'admin')
    stepUp(caller)
    const told =
      (purpose: KeyPurpose): Told =>
      (kid) =>
        record({
          type: 'key.rotated',
          phase: 'event',
          result: 'ok',
          actor: actorOf(caller),
          request: caller.requestId,
          facts: { kind: purpose, keyId: kid },
        })
    if (order.purpose === 'access-token') return await keys.rotate(told('access-token'))
    const { environment } = order
    if (!hasIssuer(snapshot, environment)) throw new BrokerError('not_found')
    return await keys.assertions.rotate(environment, now(), told(`assertion:${environment}`))
  }
