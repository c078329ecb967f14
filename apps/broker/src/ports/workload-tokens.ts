import type { Issuer } from '../domain/config.ts'
import type { Claims } from '../domain/trust-rule.ts'
import type { SingleUse } from './tokens.ts'

/** A token of a platform about one of its workloads, after everything but who trusts it was checked. */
export interface VerifiedWorkloadToken {
  readonly claims: Claims
  readonly expiresAt: Date
  /** One token, one sign-in. */
  readonly use: SingleUse
}

export interface WorkloadTokens {
  /** The `iss` that a token claims, to look the issuer up in the configuration; undefined for what is no foreign token. Nothing is verified yet. */
  claimedIssuer(token: string): string | undefined
  /**
   * Signature by a key of this issuer, algorithm, type, one audience, times. `audience`: our issuer URL.
   * @throws BrokerError `invalid_token`, `vendor_unavailable` where the issuer's keys cannot be had
   */
  verifyWorkloadToken(
    token: string,
    issuer: Issuer,
    audience: string,
    now: Date,
  ): Promise<VerifiedWorkloadToken>
}
