import type { Access } from '@credbroker/core/access'
import { isGateway } from '../../domain/delivery.ts'
import type { Authority } from '../../domain/narrowing.ts'
import type { DeniedLevel, ScopeDecision } from './decide-scopes.ts'

/**
 * I9: what is beyond what may be handed on is denied. What is minted cannot be cut down to less than its scope gives, so
 * a scope that can do more is not handed on at all. Of a gateway scope each call is decided, so it is cut down. `decide` is asked for what the parent holds and for nothing else.
 */
export function decideWithin(
  authority: Authority,
  name: string,
  decide: (name: string) => ScopeDecision,
): ScopeDecision {
  const held = authority.scopes.get(name)
  if (!held) return deny(name, 'not_granted', 'The parent task holds no active grant for this scope')
  const decision = decide(name)
  if (decision.verdict === 'deny') return decision
  const beyond = decision.access.filter((level) => !held.access.includes(level))
  if (beyond.length === 0) return decision
  if (decision.verdict === 'permit' && isGateway(decision.scope) && beyond.length < decision.access.length) {
    const denied = [...(decision.denied ?? []), ...beyond.map(notHeld)]
    return { ...decision, access: decision.access.filter((level) => held.access.includes(level)), denied }
  }
  return deny(name, 'exceeds_parent', `This scope can do more than may be handed on: ${beyond.join(', ')}`)
}

const notHeld = (access: Access): DeniedLevel => ({
  access,
  code: 'exceeds_parent',
  reason: 'The parent task does not hold it',
})

const deny = (scope: string, code: 'not_granted' | 'exceeds_parent', reason: string): ScopeDecision => ({
  verdict: 'deny',
  scope,
  code,
  reason,
  policies: [],
})
