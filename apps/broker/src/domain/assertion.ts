import type { Json } from '@credbroker/core/canonical-json'
import { LIMITS } from '@credbroker/core/limits'
import type { AssertionOrder } from '@credbroker/providers/guard/assertion'

/** Who signs for an environment. Each has a key of its own, so that a vendor can trust one and not the other (I2). */
export const assertionIssuer = (publicUrl: string, environment: string): string =>
  `${publicUrl}/issuers/${environment}`

/**
 * Whom an assertion is about, and what a vendor's trust policy pins. Environments and roots are never renamed, so that it
 * stays. No root is called `stranger` here: its form is another one.
 */
export const assertionSubject = ({
  environment,
  root,
  as,
}: Pick<AssertionOrder, 'environment' | 'root' | 'as'>): string =>
  as === 'root' ? `env:${environment}:root:${root}` : `env:${environment}:stranger`

/** The claims of one assertion. A vendor's own claims are URIs, so that they cannot stand in for one of ours. */
export function assertionClaims(
  publicUrl: string,
  order: AssertionOrder,
  jti: string,
  now: Date,
): Record<string, Json> {
  const issuedAt = Math.floor(now.getTime() / 1000)
  return {
    ...order.claims,
    iss: assertionIssuer(publicUrl, order.environment),
    sub: assertionSubject(order),
    aud: order.audience,
    jti,
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + LIMITS.assertionSeconds,
    environment: order.environment,
    ...(order.work && { agent: order.work.agent, owner: order.work.owner, task: order.work.task }),
  }
}
