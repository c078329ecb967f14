import type { TaskView } from '@credbroker/core/wire/tasks'
import type { ScopeDecision } from '../../application/tasks/decide-scopes.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Task } from '../../domain/task.ts'
import { deniedView, grantView } from './grant.ts'
import type { FactsOf } from './scope-facts.ts'

export function taskView(
  task: Task,
  grants: readonly Grant[],
  factsOf: FactsOf,
  linkTo: (approval: string) => string,
  decisions: readonly ScopeDecision[] = [],
): TaskView {
  const decided = new Map(
    decisions.map((one) => [one.verdict === 'deny' ? one.scope : one.scope.name, one] as const),
  )
  return {
    id: task.id,
    agent: task.agent,
    owner: task.owner,
    environment: task.environment,
    purpose: task.purpose,
    ...(task.ticket !== null && { ticket: task.ticket }),
    ...(task.scan !== null && { scan: task.scan.state }),
    ...(task.scan?.sandbox && { sandbox: true }),
    state: task.state,
    ...(task.endReason && { end_reason: task.endReason }),
    started_at: task.startedAt.toISOString(),
    ends_at: task.endsAt.toISOString(),
    ...(task.endedAt && { ended_at: task.endedAt.toISOString() }),
    ...(task.heartbeatSeconds !== null && { heartbeat_seconds: task.heartbeatSeconds }),
    ...(task.lineage.length > 0 && { parent: task.lineage.at(-1)?.task, depth: task.lineage.length }),
    ...(task.subAgent !== null && { sub_agent: task.subAgent }),
    grants: [
      ...grants.map((grant) => grantView(grant, linkTo, decided.get(grant.scope), factsOf(grant.scope))),
      ...decisions.flatMap((one) => deniedView(one, task.environment)),
    ],
  }
}
