import type { TaskEnded } from '@credbroker/core/wire/tasks'
import { BrokerApiError, isPassing } from './errors.ts'
import type { Io } from './io.ts'
import type { TaskSession } from './task-session.ts'

/** What is known of a lease once its task has ended. The two facts are separate: a session may outlive its credential. */
export interface EndedLease {
  readonly id: string
  readonly scope: string
  readonly credentialDead: boolean
  readonly sessionsDead: boolean
  /** Absent where only the broker ends it. */
  readonly deadBy?: Date
}

/** The broker asks the vendors before it answers. */
const END_TIMEOUT_MS = 30_000
const PAUSES_MS = [200, 1_000]

/** Ends a task; ending twice is the same as once, so a lost answer is asked for again. @internal */
export async function endTask(
  session: TaskSession,
  io: Io,
  signal?: AbortSignal,
): Promise<readonly EndedLease[]> {
  for (const pause of [...PAUSES_MS, undefined]) {
    if (session.view.state === 'ended') return []
    try {
      const answer = await session.call<TaskEnded>({
        method: 'POST',
        below: '/end',
        timeoutMs: END_TIMEOUT_MS,
        ...(signal && { signal }),
      })
      session.update({ ...answer.task, state: 'ended' })
      return answer.leases.map((lease) => ({
        id: lease.id,
        scope: lease.scope,
        credentialDead: lease.credential_dead,
        sessionsDead: lease.sessions_dead,
        ...(lease.dead_by !== undefined && { deadBy: new Date(lease.dead_by) }),
      }))
    } catch (error) {
      if (error instanceof BrokerApiError && error.code === 'task_ended') return []
      if (pause === undefined || signal?.aborted || !isPassing(error)) throw error
      await io.sleep(pause)
    }
  }
  return []
}
