import type { AuditRecord } from '@credbroker/core/audit/event'
import { BrokerError } from '@credbroker/core/errors'
import type { Grant } from '../../domain/grant.ts'
import type { Task } from '../../domain/task.ts'
import { askedEvent } from '../approvals/approval-event.ts'
import { liveAgent } from '../identity/authenticate.ts'
import { type AgentCaller, actorOf, type TaskCaller } from '../identity/caller.ts'
import type { ScopeDecision } from './decide-scopes.ts'
import { draftGrants } from './draft-grants.ts'
import { grantEvents } from './grant-events.ts'
import { ownTask } from './own-task.ts'
import type { StartTaskDeps } from './start-task.ts'

export interface RequestedGrants {
  readonly task: Task
  readonly grants: readonly Grant[]
  readonly decisions: readonly ScopeDecision[]
}

const ATTEMPTS = 5

/**
 * Asks for further scopes in a running task, by the same decisions as at its start. Scopes it holds already are left alone.
 * @throws BrokerError `exceeds_parent`, `task_ended`, `both_sides`, `replayed_proof`
 */
export const requestGrants =
  (deps: StartTaskDeps) =>
  async (
    caller: AgentCaller | TaskCaller,
    taskId: string,
    scopes: readonly string[],
  ): Promise<RequestedGrants> => {
    let mayWait: number | undefined
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { task, grants: held } = await ownTask(deps.reader, caller, taskId)
      // I9: what a child has is what its parent chose to hand on.
      if (task.lineage.length > 0)
        throw new BrokerError('exceeds_parent', { detail: 'A child task asks its parent for more' })
      const config = await deps.config.current()
      const agent = liveAgent(config, task.agent)
      const wanted = scopes.filter((scope) => !held.some((grant) => grant.scope === scope))
      const { decisions, grants, holds, questions } = draftGrants(
        deps,
        config,
        agent,
        task,
        wanted,
        deps.clock.now(),
        mayWait,
      )
      const events = [
        ...grantEvents(deps.record, caller, task, decisions, grants),
        ...questions.map(({ body }) => askedEvent(deps.record, caller, body)),
      ]
      const configVersion = config.snapshot.version
      const outcome = await deps.starter.extend({
        configVersion,
        proof: caller.proof,
        task,
        grants,
        holds,
        events,
        questions,
      })
      switch (outcome.result) {
        case 'started':
          return { task, grants: [...held, ...grants], decisions }
        case 'stale':
          await deps.config.refresh()
          continue
        case 'too-many-pending':
          mayWait = outcome.free
          continue
        case 'replayed':
          throw new BrokerError('replayed_proof')
        case 'key-gone':
          throw new BrokerError('task_ended')
        case 'both-sides':
          await deps.audit.append(bothSides(deps, caller, task, wanted))
          throw new BrokerError('both_sides')
        default:
          throw new BrokerError('conflict')
      }
    }
    throw new BrokerError('store_unavailable', {
      detail: 'The configuration keeps changing',
      retryAfterSeconds: 1,
    })
  }

const bothSides = (
  { record }: StartTaskDeps,
  caller: AgentCaller | TaskCaller,
  task: Task,
  scopes: readonly string[],
): AuditRecord[] =>
  [...new Set(scopes)].map((scope) =>
    record({
      type: 'grant.denied',
      phase: 'event',
      result: 'denied',
      actor: actorOf(caller),
      sub: task.owner,
      request: caller.requestId,
      task: task.id,
      environment: task.environment,
      scope,
      code: 'both_sides',
    }),
  )
