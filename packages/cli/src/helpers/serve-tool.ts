import { BrokerApiError } from '@credbroker/sdk/errors'
import type { Task } from '@credbroker/sdk/task'
import { UsageError } from '../usage-error.ts'
import { answerTool } from './answer-tool.ts'
import { type Asked, HELPER_FORMS, type Said } from './helper.ts'
import { wireOf } from './wire-of.ts'

/** The run's side: its own lease of the scope, renewed when it is due. Whatever goes wrong, the tool is told in its own way. */
export async function serveTool(
  task: Pick<Task, 'lease' | 'grants' | 'state' | 'endReason'>,
  asked: Asked,
): Promise<Said> {
  try {
    if (asked.form !== undefined && !HELPER_FORMS.includes(asked.form))
      throw new UsageError('The run knows no helper of that form.')
    // What a run was not given, it does not ask for on behalf of a tool.
    if (!task.grants.some(({ scope, gateway }) => scope === asked.scope && gateway === undefined))
      throw new UsageError(`The run has no scope ${JSON.stringify(asked.scope)} that is minted.`)
    // The lease that is at hand is dead with its task, whatever its own end.
    if (task.state === 'ended')
      throw new OverError(`the task of this run has ended (${task.endReason ?? 'done'})`)
    return await answerTool(asked, async () => wireOf(await task.lease(asked.scope).current()))
  } catch (error) {
    return { ...refusal(error), out: '' }
  }
}

class OverError extends Error {}

function refusal(error: unknown): Omit<Said, 'out'> {
  if (error instanceof UsageError) return { err: error.message, code: 2 }
  if (error instanceof OverError) return { err: error.message, code: 3 }
  if (error instanceof BrokerApiError)
    return { err: [error.reason, error.todo].filter(Boolean).join(' '), code: error.status === 403 ? 3 : 1 }
  return { err: 'the broker does not answer', code: 1 }
}
