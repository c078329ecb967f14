import type { Access } from '@credbroker/core/access'
import { BrokerError, ERRORS, type ErrorCode } from '@credbroker/core/errors'
import type { KeptScan } from '@credbroker/core/scan-claim'
import { BUILT_IN, type Decision } from '@credbroker/policy/decision'
import type { ApprovalLevel, Phase } from '@credbroker/policy/request'
import { approverExists } from '../../domain/approver-exists.ts'
import { brokenFor } from '../../domain/break-glass.ts'
import type { Agent, BreakGlass, Environment, Root, Scope } from '../../domain/config.ts'
import { isGateway } from '../../domain/delivery.ts'
import { frozenBy } from '../../domain/freeze.ts'
import type { Config } from '../config/live-config.ts'

/** A level of a scope that a task does not get of it, and why. */
export interface DeniedLevel {
  readonly access: Access
  readonly code: ErrorCode
  readonly reason: string
}

/** What a task may have of one scope, and why. */
export type ScopeDecision =
  | {
      readonly verdict: 'permit'
      readonly scope: Scope
      readonly access: readonly Access[]
      /** Of a gateway scope, which is granted without them. */
      readonly denied?: readonly DeniedLevel[]
      readonly policies: readonly string[]
      /** Without it policy would say no. */
      readonly breakGlass?: BreakGlass | undefined
    }
  | {
      readonly verdict: 'approval'
      readonly scope: Scope
      readonly access: readonly Access[]
      readonly policies: readonly string[]
      /** Without it policy would say no. */
      readonly breakGlass?: BreakGlass | undefined
      readonly reason: string
      readonly required: readonly string[]
    }
  | {
      readonly verdict: 'deny'
      readonly scope: string
      readonly code: ErrorCode
      readonly reason: string
      readonly policies: readonly string[]
    }

export interface Question {
  readonly agent: Agent
  readonly environment: string
  readonly purpose: string
  readonly ticket: string | null
  /** What its client says of the place where it works. */
  readonly scan?: KeptScan | null | undefined
  readonly phase: Phase
  readonly ttlSeconds: number
  readonly now: Date
  /** How a person approved that this grant is used, verified. */
  readonly approval?: ApprovalLevel | undefined
}

/** Decides one scope for one task: first what is so, then what policy says of each access level. Unknown is denied (I10). */
export function decideScope(config: Config, name: string, question: Question): ScopeDecision {
  try {
    return decideStanding(config, standing(config, name, question), question)
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    return { verdict: 'deny', scope: name, code: error.code, reason: error.message, policies: [] }
  }
}

export interface Standing {
  readonly scope: Scope
  readonly root: Root
  readonly environment: Environment
}

/** What has to be so before policy is asked. @throws BrokerError with the reason. */
export function standing(
  { snapshot }: Pick<Config, 'snapshot'>,
  name: string,
  { agent, environment }: Pick<Question, 'agent' | 'environment'>,
): Standing {
  const scope = snapshot.scope(name)
  if (!scope || scope.disabled)
    throw new BrokerError('not_found', { detail: 'There is no such scope, or it is disabled' })
  // I2, also held by the composite foreign keys.
  if (scope.environment !== environment) throw new BrokerError('environment_mismatch')
  const stored = snapshot.environment(environment)
  if (!stored || stored.disabled)
    throw new BrokerError('not_found', { detail: 'There is no such environment, or it is disabled' })
  // An anchor changed by hand makes its whole environment untrustworthy.
  snapshot.anchorsOf(environment)
  if (!snapshot.find('root_environments', `${scope.root}@${environment}`))
    throw new BrokerError('root_unusable')
  const root = snapshot.root(scope.root)
  // Of what spans environments nothing is minted; each call through the gateway is resolved by itself.
  const states = isGateway(scope) ? ['usable', 'spanning'] : ['usable']
  if (!root || root.disabled || !states.includes(root.state)) throw new BrokerError('root_unusable')
  const owner = snapshot.user(root.owner)
  if (!owner || owner.disabled)
    throw new BrokerError('root_unusable', { detail: 'The owner of the root is disabled' })
  if (frozenBy(snapshot.controls().freezes, { environment, agent: agent.name }))
    throw new BrokerError('frozen')
  return { scope, root, environment: stored }
}

function decideStanding(config: Config, found: Standing, question: Question): ScopeDecision {
  const { scope, environment } = found
  if (isGateway(scope)) return decideGateway(config, found, question)
  const decisions = scope.access.map((action) =>
    config.decide(request(config, scope, environment, question, action)),
  )
  const policies = [...new Set(decisions.flatMap((decision) => decision.policies))]
  const breakGlass = policies.includes(BUILT_IN.breakGlass) ? glassOf(config, scope, question) : undefined
  const denied = clearest(decisions)
  if (denied) {
    return { verdict: 'deny', scope: scope.name, code: codeOf(denied), reason: reasonOf(denied), policies }
  }
  const waiting = decisions.filter((decision) => decision.verdict === 'approval')
  if (waiting[0]) {
    const levels = [...new Set(waiting.map(({ level }) => `approval:${level}`))]
    return {
      verdict: 'approval',
      scope,
      access: scope.access,
      policies,
      breakGlass,
      reason: reasonOf(waiting[0]),
      required: levels,
    }
  }
  // A scope of which nothing is known to be possible is not a scope of which anything is allowed.
  if (decisions.length === 0) {
    return {
      verdict: 'deny',
      scope: scope.name,
      code: 'denied',
      reason: 'This scope gives nothing',
      policies,
    }
  }
  return { verdict: 'permit', scope, access: scope.access, policies, breakGlass }
}

/**
 * Nothing comes out of a gateway scope: each call is decided by itself. What a task holds is the levels that some call may
 * have; an operation that is permitted by name opens its levels too.
 */
function decideGateway(config: Config, found: Standing, question: Question): ScopeDecision {
  const { scope } = found
  const asked = askLevels(config, found, question)
  const possible = asked.filter(({ decision }) => decision.verdict !== 'deny')
  const denied = asked.flatMap(({ level, decision }) =>
    decision.verdict === 'deny'
      ? [{ access: level, code: codeOf(decision), reason: reasonOf(decision) }]
      : [],
  )
  const policies = [
    ...new Set((possible.length > 0 ? possible : asked).flatMap(({ decision }) => decision.policies)),
  ]
  if (possible.length === 0) {
    const first = clearest(asked.map(({ decision }) => decision))
    const code = first ? codeOf(first) : 'denied'
    const reason = first ? reasonOf(first) : 'This scope gives nothing'
    return { verdict: 'deny', scope: scope.name, code, reason, policies }
  }
  const breakGlass = policies.includes(BUILT_IN.breakGlass) ? glassOf(config, scope, question) : undefined
  return {
    verdict: 'permit',
    scope,
    access: possible.map(({ level }) => level),
    denied,
    policies,
    breakGlass,
  }
}

/** What policy says of each level of a gateway scope: by itself, or by an operation of that level that it permits by name. */
export function askLevels(
  config: Config,
  { scope, environment }: Standing,
  question: Question,
): readonly { readonly level: Access; readonly decision: Decision }[] {
  const ask = (action: string) => config.decide(request(config, scope, environment, question, action))
  return scope.access.map((level) => {
    const first = ask(level)
    if (first.verdict !== 'deny') return { level, decision: first }
    const named = (scope.operations ?? [])
      .filter(({ access }) => access.includes(level))
      .map(({ id }) => ask(id))
    return { level, decision: named.find(({ verdict }) => verdict !== 'deny') ?? first }
  })
}

/** How policy is asked about one level of a scope, or about one operation of its connector. */
export const request = (
  { snapshot }: Pick<Config, 'snapshot'>,
  scope: Scope,
  environment: Environment,
  question: Question,
  action: string,
) => ({
  agent: question.agent,
  scope: {
    name: scope.name,
    root: scope.root,
    environment: scope.environment,
    provider: scope.provider,
    side: scope.side,
    gateway: isGateway(scope),
  },
  environment,
  action,
  task: { environment: question.environment, purpose: question.purpose, ticket: question.ticket },
  phase: question.phase,
  ttlSeconds: question.ttlSeconds,
  ...(question.scan && { scan: question.scan }),
  ...(question.approval && { approval: { level: question.approval } }),
  breakGlass: glassOf({ snapshot }, scope, question) !== undefined,
  approverExists: approverExists(snapshot),
  now: Math.floor(question.now.getTime() / 1000),
})

export const glassOf = (
  { snapshot }: Pick<Config, 'snapshot'>,
  { name: scope }: Scope,
  { agent, environment, now }: Question,
): BreakGlass | undefined => brokenFor(snapshot, { agent: agent.name, environment, scope }, now)

export const codeOf = (denied: Decision): ErrorCode =>
  denied.policies.includes('guardrail:protected-needs-an-approver') ? 'protected_without_approver' : 'denied'

/** The denial to tell of: that nothing permits something says less than what forbids something else. */
export function clearest(decisions: readonly Decision[]): Decision | undefined {
  const denied = decisions.filter(({ verdict }) => verdict === 'deny')
  return denied.find(({ policies }) => !policies.includes(BUILT_IN.denyByDefault)) ?? denied[0]
}

export const reasonOf = (decision: Decision): string =>
  'reasons' in decision ? (decision.reasons[0]?.reason ?? ERRORS.denied.title) : ERRORS.denied.title
