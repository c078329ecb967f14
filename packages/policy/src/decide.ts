import { whatHolds } from './break-glass.ts'
import { refusal } from './check-request.ts'
import type { PolicySet } from './compile.ts'
import { BUILT_IN, type Decision, deny, needsApproval, permit, type Reason } from './decision.ts'
import { encode } from './encode.ts'
import { evaluate, type Outcome } from './evaluate.ts'
import type { Policy } from './read-policy.ts'
import { APPROVAL_LEVELS, type ApprovalLevel, type PolicyRequest } from './request.ts'
import { type Slice, sliceFor } from './slice.ts'

/**
 * Permit, deny, or permit with an approval that is still missing. Synchronous, pure, never throws; whatever cannot be
 * decided is denied (I10). `slice` is for tests: every selection that holds the policies concerned decides the same.
 *
 * Where the glass is broken, what the policies deny is asked again without those that give way. What they permit anyway
 * is not done under it, and a policy that errs leaves nothing to ask again.
 */
export function decide(
  set: PolicySet,
  request: PolicyRequest,
  slice: Slice = sliceFor(set.index, request),
): Decision {
  const refused = refusal(set.words, request)
  if (refused) return deny([refused.policy], [refused])
  const decision = decideBy(set, request, slice)
  if (request.breakGlass !== true || decision.verdict !== 'deny') return decision
  if (decision.policies.includes(BUILT_IN.errorsDeny)) return decision
  const under = decideBy(set, request, whatHolds(slice))
  if (under.verdict !== 'approval') return under
  return needsApproval(under.level, [...under.policies, BUILT_IN.breakGlass], under.reasons)
}

function decideBy(set: PolicySet, request: PolicyRequest, slice: Slice): Decision {
  const ask = (approval: PolicyRequest['approval']): Outcome =>
    evaluate(set, slice, encode(set.words, set.mentions, { ...request, approval }))

  const first = ask(request.approval)
  if (first.kind === 'permit') return permit(first.policies)
  if (first.kind !== 'forbid') return denied(first, request.action)

  let forbids = policiesOf(slice, first.policies)
  const asked = request.approval ? rank(request.approval.level) + 1 : 0
  for (let least = asked; ; ) {
    const level = liftedBy(forbids)
    if (level === undefined || rank(level) < least)
      return deny(first.policies, reasonsOf(slice, first.policies))
    const then = ask({ level })
    if (then.kind === 'permit') return needsApproval(level, first.policies, reasonsOf(slice, first.policies))
    if (then.kind !== 'forbid') return denied(then, request.action)
    forbids = policiesOf(slice, then.policies)
    least = rank(level) + 1
  }
}

const rank = (level: ApprovalLevel): number => APPROVAL_LEVELS.indexOf(level)

const policiesOf = (slice: Slice, ids: readonly string[]): Policy[] =>
  slice.policies.filter(({ id }) => ids.includes(id))

/** The highest approval that these forbids ask for; undefined as soon as one of them asks for none. */
function liftedBy(forbids: readonly Policy[]): ApprovalLevel | undefined {
  let highest = -1
  for (const { approval } of forbids) {
    if (approval === undefined) return undefined
    highest = Math.max(highest, rank(approval))
  }
  return APPROVAL_LEVELS[highest]
}

/** First what no approval lifts: that is what the agent has to know. Of that, first what has words for it. */
const reasonsOf = (slice: Slice, ids: readonly string[]): Reason[] =>
  policiesOf(slice, ids)
    .sort(
      (a, b) =>
        Number(a.approval !== undefined) - Number(b.approval !== undefined) ||
        Number(a.reason === undefined) - Number(b.reason === undefined) ||
        (a.id < b.id ? -1 : 1),
    )
    .map(({ id, reason }) => ({ policy: id, reason: reason ?? `Forbidden by the policy ${id}.` }))

function denied(outcome: Outcome, action: string): Decision {
  if (outcome.kind === 'error')
    return deny(
      [...outcome.policies, BUILT_IN.errorsDeny],
      [{ policy: BUILT_IN.errorsDeny, reason: 'A policy could not be evaluated, so the answer is no.' }],
    )
  return deny(
    [BUILT_IN.denyByDefault],
    [{ policy: BUILT_IN.denyByDefault, reason: `No policy permits ${action} on this scope.` }],
  )
}
