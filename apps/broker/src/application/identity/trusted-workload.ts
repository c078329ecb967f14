import { BrokerError } from '@credbroker/core/errors'
import type { Agent, Issuer, TrustRule } from '../../domain/config.ts'
import { TRUST_PROFILES } from '../../domain/trust-profile.ts'
import { boundEnvironment, type Claims, flatTests, matchesClaims } from '../../domain/trust-rule.ts'
import type { LentFor } from '../../ports/client-keys.ts'
import type { Config } from '../config/live-config.ts'
import { liveAgent } from './authenticate.ts'
import { ruleDigest } from './require-trust.ts'

/** The one enabled issuer with exactly this `iss`. @throws BrokerError `tampered` */
export function issuerOf({ snapshot }: Config, iss: string): Issuer | undefined {
  const named = snapshot.rows.issuers.find(({ row }) => row.url === iss && !row.disabled)
  return named && snapshot.find('issuers', named.row.name)
}

export interface TrustedAgent {
  readonly agent: Agent
  /** Without the token, which the rule knows nothing of. */
  readonly lentFor: Omit<LentFor, 'token'>
}

/**
 * The agent that a workload is: the first rule of it that holds decides what the workload is bound to. Without a name,
 * the only agent with such a rule. @throws BrokerError `invalid_token` where there is none or more than one
 */
export function trustedAgent(
  config: Config,
  issuer: Issuer,
  claims: Claims,
  agentName: string | undefined,
): TrustedAgent {
  const names = agentName === undefined ? enabledAgents(config) : [agentName]
  const [found, ...others] = names.flatMap((name) => {
    const agent = config.snapshot.agent(name)
    if (!agent) return []
    for (const rule of agent.trust) {
      const environment = rule.issuer === issuer.name ? bindingOf(rule, issuer, claims) : undefined
      if (environment === undefined) continue
      const { maxTaskSeconds } = rule
      return [
        {
          agent,
          lentFor: { issuer: issuer.name, rule: ruleDigest(rule, issuer), environment, maxTaskSeconds },
        },
      ]
    }
    return []
  })
  if (!found) throw new BrokerError('invalid_token', { detail: 'No trust rule holds for this token' })
  if (others.length > 0)
    throw new BrokerError('invalid_token', {
      detail: 'Trust rules of several agents hold for this token: say which with client_id',
    })
  liveAgent(config, found.agent.name)
  return found
}

/** The environment it is bound to, null for none; undefined where the rule does not hold. */
function bindingOf(rule: TrustRule, issuer: Issuer, claims: Claims): string | null | undefined {
  const profile = TRUST_PROFILES[issuer.profile]
  const tests = flatTests(rule.claims)
  // The rules of the configuration may have been weaker when it was stored.
  if (!profile.isAnchored(tests) || !matchesClaims(rule.claims, claims)) return undefined
  if (profile.refuses?.(claims, tests)) return undefined
  return boundEnvironment(rule, claims)
}

/** Agents whose rows somebody tampered with are nobody's. */
const enabledAgents = ({ snapshot }: Config): string[] =>
  snapshot.rows.agents.flatMap(({ row, intact }) => (intact && !row.disabled ? [row.name] : []))
