import { BrokerError } from '@credbroker/core/errors'
import type { StoredKey } from '../../ports/client-keys.ts'
import type { Clock } from '../../ports/clock.ts'
import type { AssertionVerifier, VerifiedAssertion } from '../../ports/tokens.ts'
import type { KnownKeys } from '../identity/known-keys.ts'

export interface AssertionDeps {
  readonly assertions: AssertionVerifier
  readonly keys: KnownKeys
  readonly clock: Clock
  readonly issuer: string
}

/**
 * The enrolled key that signed an assertion (RFC 7523 §3), be it a grant (§2.1) or the client's authentication (§2.2).
 * The assertion is verified, not taken. @throws BrokerError `invalid_token`, `unauthenticated`, `tampered`
 */
export async function assertedKey(
  { assertions, keys, clock, issuer }: AssertionDeps,
  assertion: string,
): Promise<{ stored: StoredKey; verified: VerifiedAssertion }> {
  const claimed = assertions.claimedSubject(assertion)
  const stored = await keys.live(claimed.jkt)
  const { principal, jwk } = stored.key
  if (principal !== claimed.subject)
    throw new BrokerError('unauthenticated', { detail: 'This key is not enrolled' })
  const audiences = [issuer, `${issuer}/oauth/token`]
  const expected = { subject: principal, key: jwk, audiences }
  return { stored, verified: assertions.verifyAssertion(assertion, expected, clock.now()) }
}
