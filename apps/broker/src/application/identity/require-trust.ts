import { canonicalHash, type Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { Issuer, TrustRule } from '../../domain/config.ts'
import type { LentFor } from '../../ports/client-keys.ts'
import type { Config } from '../config/live-config.ts'

/**
 * What a lent key stands on has to be there still, rule and issuer as they were (I8).
 * @throws BrokerError `unauthenticated`
 */
export function requireTrust(
  config: Config,
  agentName: string,
  lentFor: Pick<LentFor, 'issuer' | 'rule'>,
): void {
  const issuer = config.snapshot.find('issuers', lentFor.issuer)
  const agent = config.snapshot.agent(agentName)
  const holds =
    issuer &&
    !issuer.disabled &&
    agent?.trust.some((rule) => rule.issuer === issuer.name && ruleDigest(rule, issuer) === lentFor.rule)
  if (!holds)
    throw new BrokerError('unauthenticated', {
      detail: 'The trust rule by which this key was accepted is gone',
    })
}

/** Over everything that decided that the token was accepted. */
export const ruleDigest = (rule: TrustRule, { url, profile, jwks, algorithms }: Issuer): string =>
  canonicalHash(JSON.parse(JSON.stringify({ rule, issuer: { url, profile, jwks, algorithms } })) as Json)
