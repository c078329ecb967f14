import type { Secret } from '@credbroker/core/secret'
import type { GrantView, TaskStarted, TaskView } from '@credbroker/core/wire/tasks'
import { coalesce } from './coalesce.ts'
import { apiError, BrokerApiError } from './errors.ts'
import type { Io } from './io.ts'
import { type AccessToken, accessTokenFrom } from './token.ts'
import type { Call, OpenCall, Opened, Transport } from './transport.ts'

/** Shorter than the shortest time between two heartbeats that matter. */
const HEARTBEAT_TIMEOUT_MS = 5_000

/** A task and a token for it, from its start or a heartbeat. */
export type TaskAlive = Pick<TaskStarted, 'task' | 'token'>

/** The wire side of one task: its token, renewed by heartbeats, and what the broker last said about it. */
export class TaskSession {
  view: TaskView
  readonly #transport: Transport
  readonly #principalToken: () => Promise<Secret>
  readonly #io: Io
  readonly #path: string
  readonly #tokenLifeMs: number
  #token: AccessToken
  #over: ((view: TaskView) => void)[] = []

  /** Asks the broker for a fresh token and the state of the task. Calls made meanwhile share the answer. */
  readonly beat: () => Promise<void>

  constructor(
    started: TaskAlive,
    askedAt: Date,
    transport: Transport,
    principalToken: () => Promise<Secret>,
    io: Io,
  ) {
    this.view = started.task
    this.#transport = transport
    this.#principalToken = principalToken
    this.#io = io
    this.#path = `/v1/tasks/${started.task.id}`
    this.#token = accessTokenFrom(started.token, askedAt)
    this.#tokenLifeMs = started.token.expires_in * 1000
    this.beat = coalesce(() => this.#beat())
  }

  /** How often to ask while nothing else does. Without an enrolled key of its own a task's token must not lapse. */
  get beatEveryMs(): number | undefined {
    const { heartbeat_seconds: heartbeat, parent } = this.view
    const every = [
      ...(heartbeat === undefined ? [] : [(heartbeat * 1000) / 3]),
      ...(parent === undefined ? [] : [this.#tokenLifeMs / 2]),
    ]
    return every.length === 0 ? undefined : Math.min(...every)
  }

  /** A call with the task's token; `below` is a path under the task, `path` any other. */
  async call<Result>(
    call: Omit<Call, 'token' | 'path'> & ({ below: string } | { path: string }),
  ): Promise<Result> {
    const path = 'path' in call ? call.path : this.#path + call.below
    try {
      return await this.#transport.call({ ...call, path, token: await this.#current() })
    } catch (error) {
      this.#noticeEnd(error)
      throw error
    }
  }

  /** A call through the gateway with the task's token, answered before its body has come. */
  async open(call: Omit<OpenCall, 'token'>): Promise<Opened> {
    try {
      return await this.#transport.open({ ...call, token: await this.#current() })
    } catch (error) {
      this.#noticeEnd(error)
      throw error
    }
  }

  /** Where a child asks for a part of it. */
  get place(): ReturnType<() => Transport['place']> {
    return this.#transport.place
  }

  /** Runs once, when the task is known to be over, whoever ended it. */
  whenOver(run: (view: TaskView) => void): void {
    if (this.view.state === 'ended') run(this.view)
    else this.#over.push(run)
  }

  update(view: TaskView): void {
    this.view = { ...view, grants: withDenials(view.grants, this.view.grants) }
    if (view.state !== 'ended') return
    for (const run of this.#over.splice(0)) run(view)
  }

  async #current(): Promise<Secret> {
    if (this.view.state === 'ended') throw ended(this.view)
    const usable = () => this.#io.now() < this.#token.endsAt
    if (this.#io.now() >= this.#token.renewAt)
      await this.beat().catch((error: unknown) => {
        if (!usable() || (error instanceof BrokerApiError && !error.retryable)) throw error
      })
    return this.#token.value
  }

  async #beat(): Promise<void> {
    const askedAt = this.#io.now()
    const alive = askedAt.getTime() < this.#token.endsAt.getTime() - 2_000
    const token = alive ? this.#token.value : await this.#principalToken()
    const path = `${this.#path}/heartbeat`
    try {
      const answer = await this.#transport.call<TaskAlive>({
        method: 'POST',
        path,
        token,
        timeoutMs: HEARTBEAT_TIMEOUT_MS,
      })
      this.#token = accessTokenFrom(answer.token, askedAt)
      this.update(answer.task)
    } catch (error) {
      this.#noticeEnd(error)
      throw error
    }
  }

  #noticeEnd(error: unknown): void {
    if (error instanceof BrokerApiError && error.code === 'task_ended' && this.view.state !== 'ended')
      this.update({ ...this.view, state: 'ended' })
  }
}

/** What was denied is said once, where it was decided. It holds until something else is decided about that scope. */
function withDenials(now: readonly GrantView[], before: readonly GrantView[]): GrantView[] {
  const known = new Map(before.map(({ id, denied_access }) => [id, denied_access]))
  const decided = new Set(
    now.filter(({ id }) => id === undefined || !known.has(id)).map(({ scope }) => scope),
  )
  const granted = now.map((grant) => {
    const denied = grant.id === undefined ? undefined : known.get(grant.id)
    return denied ? { denied_access: denied, ...grant } : grant
  })
  return [...granted, ...before.filter(({ id, scope }) => id === undefined && !decided.has(scope))]
}

const ended = (view: TaskView): BrokerApiError =>
  apiError({
    status: 403,
    code: 'task_ended',
    title: view.end_reason ? `The task has ended (${view.end_reason})` : 'The task has ended',
    todo: 'Start a new task.',
    retryable: false,
  })
