import type { GrantView } from '@credbroker/core/wire/tasks'
import type { ScopeDecision } from '../../application/tasks/decide-scopes.ts'
import type { Grant } from '../../domain/grant.ts'

/** `form` tells a client which handle fits; the scope knows it. */
export function grantView(grant: Grant, decision?: ScopeDecision, form?: string | null): GrantView {
  const waits = decision?.verdict === 'approval' ? decision : undefined
  return {
    id: grant.id,
    task: grant.task,
    scope: grant.scope,
    environment: grant.environment,
    access: [...grant.access],
    state: grant.state,
    ends_at: grant.endsAt.toISOString(),
    ...(grant.endReason && { end_reason: grant.endReason }),
    ...(form && { form }),
    ...(grant.state === 'pending' && {
      code: 'approval_required' as const,
      reason: waits?.reason ?? 'A person has to approve this',
      required: [...(waits?.required ?? ['approval:passkey'])],
    }),
  }
}

/** A denied scope has no grant; the answer says why. */
export const deniedView = (
  decision: ScopeDecision,
  environment?: unknown,
): Omit<GrantView, 'environment'>[] =>
  decision.verdict === 'deny'
    ? [
        {
          scope: decision.scope,
          ...(typeof environment === 'string' && { environment }),
          access: [],
          state: 'denied',
          code: decision.code,
          reason: decision.reason,
        },
      ]
    : []
