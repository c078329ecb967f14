import { refusal } from './check-request.ts'
import type { PolicySet } from './compile.ts'
import { decide } from './decide.ts'
import { BUILT_IN, type Decision } from './decision.ts'
import { encode } from './encode.ts'
import { evaluateOnce, headFits } from './evaluate.ts'
import type { Policy } from './read-policy.ts'
import type { ApprovalLevel, PolicyRequest } from './request.ts'
import { sliceFor } from './slice.ts'

/** Where a policy of an explanation stands, for people who want to read it. */
export interface Cited {
  readonly id: string
  readonly at: string
  readonly reason?: string
  readonly approval?: ApprovalLevel
}

/** Why the answer is what it is. For operators: it names policies and files that an agent need not know. */
export interface Explanation {
  readonly decision: Decision
  /** The permits that apply, also where a forbid overrules them. */
  readonly permits: readonly Cited[]
  /** The forbids that apply. */
  readonly forbids: readonly Cited[]
  /** Permits written for this agent, action and scope whose conditions do not hold, where nothing permits. */
  readonly nearMisses: readonly Cited[]
  /** The approval that is missing and would suffice. */
  readonly missing?: ApprovalLevel
  /** The same for reading, one sentence each. */
  readonly lines: readonly string[]
}

/** Decides afresh and asks Cedar again about each side alone, so it costs more than a decision. */
export function explain(set: PolicySet, request: PolicyRequest): Explanation {
  const decision = decide(set, request)
  const refused = refusal(set.words, request)
  const slice = sliceFor(set.index, request)
  const encoded = refused ? undefined : encode(set.words, set.mentions, request)
  const applying = (effect: Policy['effect']): Policy[] => {
    const policies = slice.policies.filter((policy) => policy.effect === effect)
    const outcome = encoded && evaluateOnce(policies, encoded)
    return outcome?.kind === effect ? policies.filter(({ id }) => outcome.policies.includes(id)) : []
  }
  const permits = applying('permit')
  const forbids = applying('forbid')
  const nearMisses =
    encoded && permits.length === 0
      ? slice.policies.filter((policy) => policy.effect === 'permit' && headFits(policy, encoded))
      : []
  return {
    decision,
    permits: permits.map(cite),
    forbids: forbids.map(cite),
    nearMisses: nearMisses.map(cite),
    ...(decision.verdict === 'approval' && { missing: decision.level }),
    lines: [
      headline(decision),
      ...('reasons' in decision ? decision.reasons.map(({ policy, reason }) => `${policy}: ${reason}`) : []),
      ...permits.map(({ id, at }) => `Permitted by ${id} (${at})${forbids.length > 0 ? ', overruled' : ''}.`),
      ...forbids.map(({ id, at, approval }) => `Forbidden by ${id} (${at})${lifted(approval)}.`),
      ...nearMisses.map(({ id, at }) => `${id} (${at}) is written for this, but its conditions do not hold.`),
    ],
  }
}

const cite = ({ id, at, reason, approval }: Policy): Cited => ({
  id,
  at,
  ...(reason && { reason }),
  ...(approval && { approval }),
})

const lifted = (approval: ApprovalLevel | undefined): string =>
  approval ? `, unless ${approval === 'passkey' ? 'a person approves' : 'two people approve'}` : ''

function headline(decision: Decision): string {
  const under = decision.policies.includes(BUILT_IN.breakGlass) ? ' under break-glass' : ''
  if (decision.verdict === 'permit') return `Permitted${under}.`
  return decision.verdict === 'deny' ? 'Denied.' : `Denied${under} until approved (${decision.level}).`
}
