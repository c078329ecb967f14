import { BrokerError } from '@credbroker/core/errors'
import type { Grant } from '../../domain/grant.ts'
import type { Task } from '../../domain/task.ts'
import type { TaskReader } from '../../ports/task-store.ts'
import type { AgentCaller, Caller, TaskCaller } from '../identity/caller.ts'
import { hasRole } from '../identity/caller.ts'

/**
 * A task for whoever works in it: its own token, or its agent by the key that started it. Somebody else's task and no
 * task look the same. @throws BrokerError `not_found`
 */
export async function ownTask(
  reader: TaskReader,
  caller: AgentCaller | TaskCaller,
  id: string,
): Promise<{ task: Task; grants: Grant[] }> {
  const found = await reader.find(id)
  if (!found || !worksIn(caller, found.task)) throw new BrokerError('not_found')
  return found
}

/** A task for whoever may look at it. @throws BrokerError `not_found` */
export async function visibleTask(
  reader: TaskReader,
  caller: Caller,
  id: string,
): Promise<{ task: Task; grants: Grant[] }> {
  const found = await reader.find(id)
  if (!found || !(hasRole(caller, 'viewer') || (caller.kind !== 'user' && worksIn(caller, found.task)))) {
    throw new BrokerError('not_found')
  }
  return found
}

const worksIn = (caller: AgentCaller | TaskCaller, task: Task): boolean =>
  caller.jkt === task.jkt &&
  ((caller.kind === 'task' && caller.task === task.id) ||
    (caller.kind === 'agent' && caller.name === task.agent))
