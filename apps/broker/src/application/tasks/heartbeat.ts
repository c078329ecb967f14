import { BrokerError } from '@credbroker/core/errors'
import type { TaskEnder, TaskReader } from '../../ports/task-store.ts'
import type { AgentCaller, TaskCaller } from '../identity/caller.ts'
import { ownTask } from './own-task.ts'
import { type TaskTokenDeps, taskToken } from './task-token.ts'

export interface HeartbeatDeps extends TaskTokenDeps {
  readonly reader: TaskReader
  readonly ender: Pick<TaskEnder, 'heartbeat'>
}

/** Says that the work goes on, and gets a fresh token for it. @throws BrokerError `not_found`, `task_ended` */
export const heartbeat =
  (deps: HeartbeatDeps) => async (caller: AgentCaller | TaskCaller, taskId: string) => {
    const { task, grants } = await ownTask(deps.reader, caller, taskId)
    if (!(await deps.ender.heartbeat(taskId))) throw new BrokerError('task_ended')
    return { task, grants, token: await taskToken(deps, task, grants) }
  }
