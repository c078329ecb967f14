import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Grant } from '../../domain/grant.ts'
import type { Lease } from '../../domain/lease.ts'
import type { EndReason, Task } from '../../domain/task.ts'
import type { Ended, EndSelector, TaskEnder } from '../../ports/task-store.ts'
import type { Recorder } from '../audit/recorder.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import type { RevokeLeases } from '../leases/revoke-leases.ts'

export interface EndWorkDeps {
  readonly ender: TaskEnder
  readonly record: Recorder
  readonly revoke: RevokeLeases
}

/** Who ends it: a caller, or a part of the broker such as the sweeper. */
export type EndedBy = Caller | { readonly kind: 'system'; readonly id: string }

/**
 * Ends tasks and grants with everything under them. From the commit on, every replica refuses; then the vendor is
 * asked to end the leases at once, and the sweeper goes on where that does not succeed.
 */
export const endWork =
  ({ ender, record, revoke }: EndWorkDeps) =>
  async (
    selector: EndSelector,
    reason: EndReason,
    by: EndedBy,
  ): Promise<Ended & { leases: readonly Lease[] }> => {
    const ended = await ender.end(selector, reason, (what) => endEvents(record, what, reason, by))
    return { ...ended, leases: await revoke(ended.leases) }
  }

function endEvents(
  record: Recorder,
  { tasks, grants }: { tasks: readonly Task[]; grants: readonly Grant[] },
  reason: EndReason,
  by: EndedBy,
): AuditRecord[] {
  const common = {
    phase: 'event' as const,
    result: 'ok' as const,
    actor: by.kind === 'system' ? by : actorOf(by),
    ...(by.kind !== 'system' && { request: by.requestId }),
  }
  return [
    ...tasks.map((task) =>
      record({
        ...common,
        type: 'task.ended',
        sub: task.owner,
        task: task.id,
        environment: task.environment,
        facts: { change: reason },
      }),
    ),
    ...grants.map((grant) =>
      record({
        ...common,
        type: 'grant.ended',
        task: grant.task,
        grant: grant.id,
        environment: grant.environment,
        scope: grant.scope,
        facts: { change: reason },
      }),
    ),
  ]
}
