import type { Broker, StartTaskOptions } from '@credbroker/sdk/broker'
import type { EndedLease } from '@credbroker/sdk/end-task'
import type { Io } from '@credbroker/sdk/io'
import type { Task } from '@credbroker/sdk/task'
import { UsageError } from '../usage-error.ts'

/** The broker ends what a killed server leaves behind after this long. */
const HEARTBEAT_SECONDS = 15
const END_MS = 10_000

export interface TasksOptions {
  /** Made at the first use: a client may list our tools before there is a profile. */
  readonly starter: () => Promise<Pick<Broker, 'startTask'>>
  readonly after: Io['after']
  /** Ends a task that nobody used for this long, where no connection says that the client has gone. */
  readonly idleMs?: number
}

/** The tasks that one server started. They end with it. */
export class Tasks implements AsyncDisposable {
  readonly #options: TasksOptions
  readonly #tasks = new Map<string, { readonly task: Task; stop: () => void }>()
  #closed = false

  constructor(options: TasksOptions) {
    this.#options = options
  }

  async start(wanted: StartTaskOptions): Promise<Task> {
    const { startTask } = await this.#starter()
    const task = await startTask({ ...wanted, heartbeat: HEARTBEAT_SECONDS })
    this.#tasks.set(task.id, { task, stop: () => {} })
    // The client may have gone while the broker thought about it.
    if (this.#closed) await this.#end(task)
    else this.#touch(task.id)
    return task
  }

  get all(): readonly Task[] {
    return [...this.#tasks.values()].map(({ task }) => task)
  }

  /** The one that is named, or the only one there is. @throws UsageError that names none of them */
  find(id: string | undefined): Task {
    const found = id === undefined ? this.#only() : this.#tasks.get(id)?.task
    if (found === undefined)
      throw new UsageError(
        id === undefined ? 'Which task?' : 'This server started no such task.',
        'Call list_my_access, or request_access for a new one.',
      )
    this.#touch(found.id)
    return found
  }

  async end(id: string | undefined): Promise<{ task: Task; leases: readonly EndedLease[] }> {
    const task = this.find(id)
    const leases = await task.end()
    this.#forget(task.id)
    return { task, leases }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.all.map((task) => this.#end(task)))
  }

  async #starter() {
    const broker = await this.#options.starter()
    return { startTask: (options: StartTaskOptions) => broker.startTask(options) }
  }

  #only(): Task | undefined {
    const active = this.all.filter(({ state }) => state === 'active')
    return active.length === 1 ? active[0] : undefined
  }

  #touch(id: string): void {
    const held = this.#tasks.get(id)
    const { idleMs, after } = this.#options
    if (!held || idleMs === undefined) return
    held.stop()
    held.stop = after(idleMs, () => void this.#end(held.task).catch(() => {}))
  }

  async #end(task: Task): Promise<void> {
    this.#forget(task.id)
    await task.end({ signal: AbortSignal.timeout(END_MS) })
  }

  #forget(id: string): void {
    this.#tasks.get(id)?.stop()
    this.#tasks.delete(id)
  }
}
