import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Agent } from '../../domain/config.ts'
import { isGateway } from '../../domain/delivery.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Task } from '../../domain/task.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import type { ScopeDecision } from './decide-scopes.ts'

/** What the agent is, as configured; its first event says so. */
export const madeOf = ({ tool, model }: Pick<Agent, 'tool' | 'model'>) => ({
  ...(tool !== null && { tool }),
  ...(model !== null && { model }),
})

const about = ({ scope, breakGlass }: Exclude<ScopeDecision, { verdict: 'deny' }>) => ({
  root: scope.root,
  provider: scope.provider,
  kind: isGateway(scope) ? 'gateway' : 'minted',
  ...(breakGlass && { breakGlass: breakGlass.id }),
})

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
      ...(grant?.approval && { approval: grant.approval }),
      ...(decision.verdict !== 'deny' && { facts: about(decision) }),
    })
  })
}
