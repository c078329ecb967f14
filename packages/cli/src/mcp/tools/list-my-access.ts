import { z } from 'zod'
import { inputOf, reply, toolOf } from '../tool.ts'
import { scopeView, taskView, viewScope, viewTask } from '../views.ts'

const input = inputOf({})

const output = z.strictObject({
  run: z.strictObject({ task: z.string(), environment: z.string(), scopes: z.array(scopeView) }).optional(),
  tasks: z.array(taskView),
})

export const listMyAccess = toolOf({
  name: 'list_my_access',
  title: 'List my access',
  description:
    'What you have at the moment: your tasks, their scopes, until when, and what still waits for a person.',
  input,
  output,
  annotations: { readOnlyHint: true, openWorldHint: false },
  async run({ tasks, around }) {
    const access = await around?.access()
    const run = access && {
      task: access.task,
      environment: access.environment,
      scopes: access.grants.map(viewScope),
    }
    return reply({ ...(run && { run }), tasks: tasks.all.map(viewTask) })
  },
})
