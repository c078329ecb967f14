import { BrokerError } from '@credbroker/core/errors'
import { assertionIssuer } from '../../domain/assertion.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { AssertionSigner } from '../../ports/assertions.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LiveConfig } from '../config/live-config.ts'

export interface DescribeIssuerDeps {
  readonly config: LiveConfig
  readonly assertions: AssertionSigner
  readonly clock: Clock
  /** The public URL. */
  readonly issuer: string
}

/** Whether an environment signs, and vendors may find its keys. @throws BrokerError `tampered` */
export function hasIssuer(snapshot: ConfigSnapshot, environment: string): boolean {
  return snapshot.environment(environment)?.disabled === false
}

/** What a vendor reads about the assertion issuer of one environment (OpenID Connect Discovery 1.0 §4). Anybody may. */
export function describeIssuer({ config, assertions, clock, issuer }: DescribeIssuerDeps) {
  async function live(environment: string): Promise<void> {
    // A new environment of another replica must be found, and a disabled one must not.
    if (!hasIssuer((await config.newest()).snapshot, environment)) throw new BrokerError('not_found')
  }
  return {
    /** @throws BrokerError `not_found` */
    async metadata(environment: string) {
      await live(environment)
      const own = assertionIssuer(issuer, environment)
      return {
        issuer: own,
        jwks_uri: `${own}/jwks.json`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        claims_supported: [
          ...['iss', 'sub', 'aud', 'jti', 'iat', 'nbf', 'exp'],
          ...['environment', 'agent', 'owner', 'task'],
        ],
      }
    },
    /** @throws BrokerError `not_found` */
    async jwks(environment: string) {
      await live(environment)
      return await assertions.jwks(environment, clock.now())
    },
  }
}
