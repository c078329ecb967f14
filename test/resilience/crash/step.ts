import type { Task } from '@credbroker/sdk/task'
import type { Line } from './line.ts'

/** One thing that people or agents do, in the middle of which the broker may die. */
export interface Step {
  readonly name: string
  /** What the broker does by itself is meant, not what is asked of it. */
  readonly chores?: true
  /** What may happen by the way, and has a step of its own. */
  readonly skip?: readonly string[]
  /** Makes what it needs; the broker is alive. */
  prepare(line: Line): Promise<Attempt>
}

export interface Attempt {
  /** Throws where the broker dies or refuses. */
  run(): Promise<unknown>
  /** After the crash and the restart: throws unless it can be done again, or is done. */
  again(): Promise<unknown>
}

export const work = { environment: 'staging', purpose: 'to be interrupted' }
export const admin = <Answer = unknown>(
  { broker }: Line,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
) => broker.admin.request<Answer>({ method, path, ...(body && { body }) })

/** A task that nobody looks after any more: it ends by itself soon. */
export const begin = ({ agent }: Line, scope = 'orders-ro', more = { ttl: '30s' }): Promise<Task> =>
  agent.client.startTask({ ...work, scopes: [scope], ...more })

export const same = (run: () => Promise<unknown>): Attempt => ({ run, again: run })

/** With a credential in use: its session is open. */
export async function busy(line: Line, scope = 'orders-ro') {
  const task = await begin(line, scope)
  const lease = await task.credential(scope)
  const { user, password } = lease.credential as unknown as { user: string; password: { expose(): string } }
  const session = line.shop.connect({ user, password: password.expose() })
  await session`SELECT 1`
  return { task, lease, session, user }
}

export function expectDone({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }): void {
  if (code !== 0) throw new Error(stdout + stderr)
}
