import type { GrantView } from '@credbroker/core/wire/tasks'
import type { ScopeDecision } from '../../application/tasks/decide-scopes.ts'
import type { Grant } from '../../domain/grant.ts'
import type { ScopeFacts } from './scope-facts.ts'

/** `form` and `gateway` tell a client how a scope is used; the configuration knows it. */
export function grantView(
  grant: Grant,
  linkTo: (approval: string) => string,
  decision?: ScopeDecision,
  scope?: ScopeFacts,
): GrantView {
  const waits = decision?.verdict === 'approval' ? decision : undefined
  const denied = decision?.verdict === 'permit' ? (decision.denied ?? []) : []
  return {
    id: grant.id,
    task: grant.task,
    scope: grant.scope,
    environment: grant.environment,
    access: [...grant.access],
    ...(denied.length > 0 && { denied_access: [...denied] }),
    state: grant.state,
    ends_at: grant.endsAt.toISOString(),
    ...(grant.endReason && { end_reason: grant.endReason }),
    ...(scope?.form && { form: scope.form }),
    ...(scope?.gateway && { gateway: scope.gateway }),
    ...(grant.state === 'pending' && {
      code: 'approval_required' as const,
      reason: waits?.reason ?? 'A person has to approve this',
      required: [...(waits?.required ?? ['approval:passkey'])],
      ...(grant.approval && { approval_url: linkTo(grant.approval) }),
    }),
  }
}

/** A denied scope has no grant; the answer says why. */
export const deniedView = (decision: ScopeDecision, environment: string): GrantView[] =>
  decision.verdict === 'deny'
    ? [
        {
          scope: decision.scope,
          environment,
          access: [],
          state: 'denied',
          code: decision.code,
          reason: decision.reason,
        },
      ]
    : []
