import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import type { SignAssertion } from '@credbroker/providers/guard/assertion'
import { assertionClaims, assertionIssuer, assertionSubject } from '../../domain/assertion.ts'
import type { AssertionSigner } from '../../ports/assertions.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { hasIssuer } from '../oauth/describe-issuer.ts'

export interface SignAssertionDeps {
  readonly config: LiveConfig
  readonly assertions: AssertionSigner
  readonly clock: Clock
  readonly random: FillRandom
  /** The public URL. */
  readonly issuer: string
}

/**
 * States to one vendor which root of which environment asks, so that no credential of that vendor is stored. Looks at
 * live configuration: an environment that is gone or disabled signs nothing.
 * @throws BrokerError `root_unusable`, `tampered`
 */
export const signAssertion =
  ({ config, assertions, clock, random, issuer }: SignAssertionDeps): SignAssertion =>
  async (order) => {
    const { snapshot } = await config.newest()
    if (!hasIssuer(snapshot, order.environment)) {
      throw new BrokerError('root_unusable', {
        detail: `There is no issuer for ${order.environment}: an environment has one once it is applied, and until it is disabled`,
      })
    }
    const now = clock.now()
    const jti = Buffer.from(random(new Uint8Array(16))).toString('base64url')
    const token = await assertions.sign(order.environment, assertionClaims(issuer, order, jti, now), now)
    return {
      token,
      issuer: assertionIssuer(issuer, order.environment),
      subject: assertionSubject(order),
    }
  }
