import { type Access, mostDangerous } from '@credbroker/core/access'
import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { BUILT_IN, type Decision } from '@credbroker/policy/decision'
import { APPROVAL_LEVELS, type ApprovalLevel, backedUp, type Facts } from '@credbroker/policy/request'
import type { BreakGlass } from '../../domain/config.ts'
import type { Config } from '../config/live-config.ts'
import type { Allowed } from '../leases/check-use.ts'
import { beyondGrant } from './beyond-grant.ts'
import {
  clearest,
  codeOf,
  glassOf,
  type Question,
  reasonOf,
  request,
  type Standing,
} from './decide-scopes.ts'
import { heldQuestion } from './held-question.ts'

/** One call as it was read and resolved: nothing in it is the client's word. */
export interface Call {
  readonly operations: readonly {
    /** As policies name it; absent for connectors without a catalogue. */
    readonly id?: string | undefined
    readonly levels: readonly Access[]
  }[]
  readonly facts: Facts
  /** A verified approval of exactly this call. */
  readonly approval?: { readonly level: ApprovalLevel } | undefined
}

/** All that was asked about one call in one: a denial wins, then the highest approval that any of it needs. */
export type CallDecision =
  | {
      readonly verdict: 'permit'
      readonly policies: readonly string[]
      /** Without it policy would say no. */
      readonly breakGlass?: BreakGlass | undefined
    }
  | {
      readonly verdict: 'approval'
      readonly level: ApprovalLevel
      readonly reason: string
      readonly policies: readonly string[]
      readonly breakGlass?: BreakGlass | undefined
    }
  | {
      readonly verdict: 'deny'
      readonly code: ErrorCode
      readonly reason: string
      readonly policies: readonly string[]
    }

/** Decides one call for one task: each operation by its name, and whatever else it does as a level (I4b). */
export function decideCall(
  config: Config,
  { scope, environment }: Standing,
  question: Omit<Question, 'phase'>,
  { operations, facts, approval }: Call,
): CallDecision {
  const asking = { ...question, phase: 'call' as const }
  const about = {
    facts: { ...facts, ...(facts.backup && backedUp(facts.backup)) },
    ...(approval && { approval }),
  }
  // A call of which one part is not known is not a call of which anything is allowed.
  if (operations.some(({ levels }) => levels.length === 0)) return deny('denied', NOTHING_KNOWN)
  const decisions = operations.flatMap((operation) =>
    actionsOf(operation).map(({ action, access }) =>
      config.decide({ ...request(config, scope, environment, asking, action), ...about, access }),
    ),
  )
  return together(decisions, (policies) =>
    policies.includes(BUILT_IN.breakGlass) ? glassOf(config, scope, asking) : undefined,
  )
}

/** As what policy is asked about one operation: by its name in the group of the worst it does, and the rest as levels. */
export function actionsOf({ id, levels }: Call['operations'][number]) {
  const worst = mostDangerous(levels)
  const named = id === undefined ? [] : [{ action: id, access: worst, level: worst }]
  const rest = levels.filter((level) => id === undefined || level !== worst)
  return [...named, ...rest.map((level) => ({ action: level, access: undefined, level }))]
}

const NOTHING_KNOWN = 'The call does nothing that is known'

function together(
  decisions: readonly Decision[],
  glass: (policies: readonly string[]) => BreakGlass | undefined,
): CallDecision {
  const policies = [...new Set(decisions.flatMap((decision) => decision.policies))].sort()
  const denied = clearest(decisions)
  if (denied) return { verdict: 'deny', code: codeOf(denied), reason: reasonOf(denied), policies }
  // A call of which nothing is known is not a call of which anything is allowed.
  if (decisions.length === 0) return { verdict: 'deny', code: 'denied', reason: NOTHING_KNOWN, policies }
  const breakGlass = glass(policies)
  const waiting = decisions.flatMap((decision) => (decision.verdict === 'approval' ? [decision] : []))
  const highest = waiting.reduce<(typeof waiting)[number] | undefined>(
    (high, one) => (high === undefined || rank(one.level) > rank(high.level) ? one : high),
    undefined,
  )
  return highest
    ? { verdict: 'approval', level: highest.level, reason: reasonOf(highest), policies, breakGlass }
    : { verdict: 'permit', policies, breakGlass }
}

const rank = (level: ApprovalLevel): number => APPROVAL_LEVELS.indexOf(level)

/**
 * The same for a use that was checked: for its task, and for every task above it (I9). No call does more than its grant
 * gives. Never throws for what is so now: that is a denial too.
 */
export function decideAllowedCall(
  config: Config,
  { task, grant, above }: Pick<Allowed, 'task' | 'grant' | 'above'>,
  call: Call,
  now: Date,
): CallDecision {
  const levels = call.operations.flatMap((operation) => operation.levels)
  const decided = [...above, { task, grant }].map((held): CallDecision => {
    const beyond = beyondGrant(config, [held], levels, now)
    if (beyond) return deny('denied', beyond)
    try {
      const { found, question } = heldQuestion(config, held, now)
      return decideCall(config, found, question, call)
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error
      return deny(error.code, error.message)
    }
  })
  const policies = [...new Set(decided.flatMap((decision) => decision.policies))].sort()
  const denied = decided.find(({ verdict }) => verdict === 'deny')
  if (denied) return { ...denied, policies }
  const [highest] = decided
    .flatMap((decision) => (decision.verdict === 'approval' ? [decision] : []))
    .sort((a, b) => rank(b.level) - rank(a.level))
  const breakGlass = decided
    .flatMap((decision) => (decision.verdict !== 'deny' && decision.breakGlass ? [decision.breakGlass] : []))
    .sort((a, b) => Date.parse(a.endsAt) - Date.parse(b.endsAt))[0]
  return highest ? { ...highest, policies, breakGlass } : { verdict: 'permit', policies, breakGlass }
}

const deny = (code: ErrorCode, reason: string): CallDecision => ({
  verdict: 'deny',
  code,
  reason,
  policies: [],
})
