import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Grant } from '../../domain/grant.ts'
import type { Task } from '../../domain/task.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import type { ScopeDecision } from './decide-scopes.ts'

/** One event per scope: denials are recorded like grants (I6). */
export function grantEvents(
  record: Recorder,
  caller: Caller,
  task: Pick<Task, 'id' | 'environment' | 'owner'>,
  decisions: readonly ScopeDecision[],
  grants: readonly Grant[],
): AuditRecord[] {
  return decisions.map((decision) => {
    const scope = decision.verdict === 'deny' ? decision.scope : decision.scope.name
    const grant = grants.find((candidate) => candidate.scope === scope)
    return record({
      type:
        decision.verdict === 'deny'
          ? 'grant.denied'
          : decision.verdict === 'permit'
            ? 'grant.active'
            : 'grant.pending',
      phase: 'event',
      result: decision.verdict === 'deny' ? 'denied' : 'ok',
      actor: actorOf(caller),
      sub: task.owner,
      request: caller.requestId,
      task: task.id,
      environment: task.environment,
      scope,
      policies: [...decision.policies],
      ...(grant && { grant: grant.id, access: [...grant.access] }),
      ...(decision.verdict === 'deny' && { code: decision.code }),
      ...(decision.verdict !== 'permit' && { reason: decision.reason }),
      ...(decision.verdict !== 'deny' &&
        decision.breakGlass && { facts: { breakGlass: decision.breakGlass.id } }),
    })
  })
}
