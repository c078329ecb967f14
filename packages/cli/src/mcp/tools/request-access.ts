import { LIMITS } from '@credbroker/core/limits'
import { freeText, name } from '@credbroker/core/names'
import { z } from 'zod'
import { UsageError } from '../../usage-error.ts'
import { type Desk, inputOf, reply, toolOf } from '../tool.ts'
import { scopeView, viewScope } from '../views.ts'

const input = inputOf({
  environment: name.optional().describe('Needed for a new task: staging, production, …'),
  scopes: z.array(name).min(1).max(LIMITS.scopesPerTask).describe('The scopes to ask for, by name'),
  purpose: freeText(500).optional().describe('Needed for a new task: what for; people read it'),
  ticket: freeText(80).optional().describe('The ticket it belongs to'),
  ttl: z
    .string()
    .regex(/^\d{1,6}[smh]?$/)
    .optional()
    .describe('How long at most: 15m, 8h'),
  task: z
    .string()
    .max(64)
    .optional()
    .describe('A task of yours that is to get more scopes, instead of a new one'),
})

const output = z.strictObject({
  status: z.enum(['granted', 'pending', 'denied']),
  task: z.string(),
  environment: z.string(),
  ends_at: z.string(),
  scopes: z.array(scopeView),
  next: z.string(),
})

export const requestAccess = toolOf({
  name: 'request_access',
  title: 'Request access',
  description:
    'Start a task in one environment with the scopes it needs, or ask for more scopes in a task of yours. ' +
    'Answers what was granted, denied (with the reason) or waits for a person (with the link to show them). No credential is in the answer.',
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  async run(desk, args) {
    const task = args.task === undefined ? await started(desk, args) : desk.tasks.find(args.task)
    if (args.task !== undefined) await task.request(args.scopes)
    const scopes = task.grants.filter(({ scope }) => args.scopes.includes(scope))
    for (const { scope, state, code, reason, required, approvalUrl } of scopes)
      if (state === 'denied')
        desk.denials.add({
          scope,
          code: code ?? 'denied',
          reason: reason ?? 'denied',
          required: required ?? [],
          ...(approvalUrl && { approvalUrl }),
        })
    const is = (wanted: string) => scopes.some(({ state }) => state === wanted)
    const status = is('pending') ? 'pending' : is('active') ? 'granted' : 'denied'
    return reply({
      status,
      task: task.id,
      environment: task.environment,
      ends_at: task.endsAt.toISOString(),
      scopes: scopes.map(viewScope),
      next: NEXT[status],
    })
  },
})

const NEXT = {
  granted:
    'Use run_operation where `use` says so; for the other scopes a person or you run `broker exec`. End it with end_task.',
  pending: 'Show the approval link to a person; you cannot approve. Then call list_my_access.',
  denied: 'Call explain_denial, or ask for a narrower scope. Do not look for another credential.',
}

async function started(desk: Desk, { environment, purpose, scopes, ticket, ttl }: z.output<typeof input>) {
  if (environment === undefined || purpose === undefined)
    throw new UsageError(
      'A new task needs an environment and a purpose.',
      'Give both, or the task that is to get more scopes.',
    )
  return await desk.tasks.start({
    environment,
    purpose,
    scopes,
    ...(ticket !== undefined && { ticket }),
    ...(ttl !== undefined && { ttl: /^\d+$/.test(ttl) ? Number(ttl) : ttl }),
  })
}
