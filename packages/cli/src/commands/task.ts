import { Secret } from '@credbroker/core/secret'
import type { heartbeatAnswer, TaskEnded, TaskStarted, TaskView } from '@credbroker/core/wire/tasks'
import type { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { type Client, connect, idSegment, listAll, requireAgent } from '../client.ts'
import { answer } from '../render/answer.ts'
import { grantTable, leaseTable, refusals } from '../render/grants.ts'
import { printable } from '../render/printable.ts'
import { table } from '../render/table.ts'
import { UsageError } from '../usage-error.ts'

interface StartOptions {
  readonly env: string
  readonly scope: readonly string[]
  readonly purpose: string
  readonly ticket?: string
  readonly ttl?: number
  readonly heartbeat?: number
  readonly idempotencyKey?: string
}

export async function start(cli: Cli, options: StartOptions): Promise<number> {
  const { env: environment, scope: scopes, purpose, ticket, ttl, heartbeat, idempotencyKey } = options
  const body = {
    environment,
    scopes,
    purpose,
    ...(ticket !== undefined && { ticket }),
    ...(ttl !== undefined && { ttl }),
    ...(heartbeat !== undefined && { heartbeat }),
  }
  const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
  const client = await connect(cli)
  requireAgent(client.profile)
  const { task, capped_by } = await client.post<TaskStarted>('/v1/tasks', body, headers)
  cli.err(refusals(task.grants))
  // The token stays behind: whoever holds the enrolled key gets a fresh one, and nobody else should.
  answer(cli, { task, capped_by }, (columns) => taskText(task, columns))
  return task.grants.some(({ state }) => state === 'active') ? EXIT.ok : EXIT.pending
}

export async function list(
  cli: Cli,
  options: { state?: string; env?: string; agent?: string },
): Promise<number> {
  const query = { state: options.state, environment: options.env, agent: options.agent }
  const items = await listAll<TaskView>(await connect(cli), '/v1/tasks', query)
  answer(cli, { items }, (columns) =>
    table(
      ['task', 'agent', 'environment', 'state', 'ends', 'scopes', 'purpose'],
      items.map((task) => [
        task.id,
        task.agent,
        task.environment,
        task.end_reason === undefined ? task.state : `${task.state} (${task.end_reason})`,
        task.ended_at ?? task.ends_at,
        task.grants.map(({ scope }) => scope).join(' '),
        task.purpose,
      ]),
      columns,
    ),
  )
  return EXIT.ok
}

export async function show(cli: Cli, _options: object, id?: string): Promise<number> {
  const task = await (await connect(cli)).get<TaskView>(`/v1/tasks/${taskId(cli, id)}`)
  answer(cli, task, (columns) => taskText(task, columns))
  return EXIT.ok
}

export async function request(
  cli: Cli,
  options: { task?: string; scope: readonly string[] },
): Promise<number> {
  const id = taskId(cli, options.task)
  const asTask = await actAs(await connect(cli), id)
  const answered = await asTask.post<{ task: TaskView }>(`/v1/tasks/${id}/grants`, { scopes: options.scope })
  const asked = answered.task.grants.filter(({ scope }) => options.scope.includes(scope))
  cli.err(refusals(asked))
  answer(cli, answered, (columns) => grantTable(asked, columns))
  if (asked.some(({ state }) => state === 'denied')) return EXIT.denied
  return asked.some(({ state }) => state === 'pending') ? EXIT.pending : EXIT.ok
}

export async function end(cli: Cli, _options: object, id?: string): Promise<number> {
  const ended = await (await connect(cli)).post<TaskEnded>(`/v1/tasks/${taskId(cli, id)}/end`)
  answer(cli, ended, (columns) => {
    const { id: task, end_reason } = ended.task
    const leases = ended.leases.length > 0 ? leaseTable(ended.leases, columns) : ''
    return `${task} has ended (${end_reason ?? 'done'}).\n${leases}`
  })
  return EXIT.ok
}

/** The task that was named, or that `broker exec` or a script put into BROKER_TASK. */
export function taskId(cli: Pick<Cli, 'env'>, asked: string | undefined): string {
  const id = asked ?? (cli.env['BROKER_TASK'] || undefined)
  if (id === undefined) throw new UsageError('Which task?', 'Give its id, or set BROKER_TASK.')
  return idSegment('task', id)
}

/** The same key, speaking for one task. A heartbeat is how the key gets the task's token; it also keeps the task alive. */
export async function actAs(client: Client, id: string): Promise<Client> {
  requireAgent(client.profile)
  const { token } = await client.post<z.infer<typeof heartbeatAnswer>>(`/v1/tasks/${id}/heartbeat`)
  return client.asTask(new Secret(token.access_token))
}

const taskText = (task: TaskView, columns?: number): string =>
  `${task.id}  ${task.agent} in ${task.environment}, ${task.state} until ${task.ended_at ?? task.ends_at}\n` +
  `for: ${printable(task.purpose)}${task.ticket === undefined ? '' : ` (${printable(task.ticket)})`}\n` +
  (task.parent === undefined ? '' : `child of: ${task.parent}${worker(task)}\n`) +
  (task.children === undefined ? '' : `children: ${task.children.join(' ')}\n`) +
  grantTable(task.grants, columns)

const worker = ({ sub_agent }: TaskView): string => (sub_agent === undefined ? '' : `, as ${sub_agent}`)
