import type { Access } from '@credbroker/core/access'
import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import type { Scope } from '../../domain/config.ts'
import { isGateway } from '../../domain/delivery.ts'
import { frozenBy } from '../../domain/freeze.ts'
import type { EndReason } from '../../domain/task.ts'
import type { EndSelector, LivingGrant, LivingWork } from '../../ports/task-store.ts'
import type { Config } from '../config/live-config.ts'
import { liveAgent } from '../identity/authenticate.ts'
import { requireTrust } from '../identity/require-trust.ts'
import { decideScope } from './decide-scopes.ts'
import { footingOn } from './ground.ts'

export interface Groundless {
  readonly selector: EndSelector
  readonly reason: EndReason
}

/**
 * Whose work ends with a change of the configuration, read from the work and from what is configured now: what is
 * disabled or frozen (I8, I11), decided on other ground (I2), longer than it may be by now (I3), or no longer carried by
 * any policy (I10). What is tampered with gives nothing anyway, and is left for people to look at.
 */
export function whyGroundless(config: Config, work: LivingWork, now: Date): Groundless | undefined {
  const { snapshot } = config
  const { agent, environment } = work
  if (codeOf(() => liveAgent(config, agent)) === 'forbidden') return revoked({ agent })
  if (codeOf(() => [snapshot.controls(), liveAgent(config, agent)]) !== undefined) return undefined
  const frozen = frozenBy(snapshot.controls().freezes, { environment, agent })
  if (frozen) {
    const { target } = frozen
    if (target === 'all') return { selector: { all: true }, reason: 'frozen' }
    return { selector: target.startsWith('agent:') ? { agent } : { environment }, reason: 'frozen' }
  }
  if (codeOf(() => liveEnvironment(config, environment)) === 'not_found') return revoked({ environment })
  const { lentFor } = work
  if (lentFor && codeOf(() => requireTrust(config, agent, lentFor)) === 'unauthenticated')
    return revoked({ tasks: [work.task] })
  const { owner, maxTaskSeconds } = liveAgent(config, agent)
  // Who answers for a task that was handed on is whoever answers for the first of them.
  if ((!work.isChild && work.owner !== owner) || work.seconds > maxTaskSeconds)
    return revoked({ tasks: [work.task] })
  return work.grant ? grantGroundless(config, work, work.grant, now) : undefined
}

function grantGroundless(
  config: Config,
  work: LivingWork,
  grant: LivingGrant,
  now: Date,
): Groundless | undefined {
  const { environment, purpose, ticket, scan } = work
  const question = {
    agent: liveAgent(config, work.agent),
    environment,
    purpose,
    ticket,
    scan,
    ttlSeconds: Math.max(1, Math.floor((work.endsAt.getTime() - now.getTime()) / 1000)),
    now,
  }
  const asked = decideScope(config, grant.scope, { ...question, phase: 'grant' })
  // What a gateway's connector had minted for itself is no credential of the scope's.
  const minted = grant.leaseSeconds !== null && asked.verdict !== 'deny' && !isGateway(asked.scope)
  const decision = minted ? decideScope(config, grant.scope, { ...question, phase: 'mint' }) : asked
  if (decision.verdict === 'deny') {
    if (decision.code === 'not_found' || decision.code === 'root_unusable')
      return revoked({ scope: grant.scope })
    return POLICY_SAYS_NO.has(decision.code) ? revoked({ grants: [grant.id] }) : undefined
  }
  const { scope, access } = decision
  const footing = footingOn(config.snapshot, scope, grant.ground)
  const stands =
    footing !== undefined &&
    // What a person has to approve by now was not approved, unless it waited for one when it was asked for.
    (decision.verdict === 'permit' || footing === 'approval') &&
    carries(scope, access, grant) &&
    !outlives(grant, scope)
  return stands ? undefined : revoked({ grants: [grant.id] })
}

/**
 * What is minted gives all that its scope can do, so the grant must hold that. A call is held to its grant, which may be for
 * less; but what is no longer possible may be under way.
 */
const carries = (scope: Scope, possible: readonly Access[], grant: LivingGrant): boolean =>
  isGateway(scope)
    ? grant.access.every((level) => possible.includes(level))
    : possible.every((level) => grant.access.includes(level))

const POLICY_SAYS_NO: ReadonlySet<ErrorCode> = new Set([
  'denied',
  'protected_without_approver',
  'environment_mismatch',
])

const outlives = ({ leaseSeconds }: LivingGrant, { maxTtlSeconds }: Scope): boolean =>
  leaseSeconds !== null && leaseSeconds > maxTtlSeconds

const revoked = (selector: EndSelector): Groundless => ({ selector, reason: 'revoked' })

function liveEnvironment({ snapshot }: Config, name: string): void {
  const environment = snapshot.environment(name)
  if (!environment || environment.disabled) throw new BrokerError('not_found')
}

function codeOf(check: () => unknown): ErrorCode | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof BrokerError) return error.code
    throw error
  }
}
