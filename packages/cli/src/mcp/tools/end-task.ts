import { z } from 'zod'
import { inputOf, reply, toolOf } from '../tool.ts'

const input = inputOf({ task: z.string().max(64).optional().describe('Left out: the only one there is') })

const output = z.strictObject({
  task: z.string(),
  leases: z.array(
    z.strictObject({
      id: z.string(),
      scope: z.string(),
      credential_dead: z.boolean(),
      sessions_dead: z.boolean(),
    }),
  ),
})

export const endTask = toolOf({
  name: 'end_task',
  title: 'End a task',
  description: 'End a task of yours and revoke what was minted for it. Do it as soon as the work is done.',
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run({ tasks }, args) {
    const { task, leases } = await tasks.end(args.task)
    return reply({
      task: task.id,
      leases: leases.map(({ id, scope, credentialDead, sessionsDead }) => ({
        id,
        scope,
        credential_dead: credentialDead,
        sessions_dead: sessionsDead,
      })),
    })
  },
})
