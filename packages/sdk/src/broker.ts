import { generateClientKey, importClientKey } from '@credbroker/core/client-key'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import type { Secret } from '@credbroker/core/secret'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { BrokerApiError, BrokerUnreachableError } from './errors.ts'
import { type Io, systemIo } from './io.ts'
import { principalToken } from './principal-token.ts'
import { type Environment, loadProfile, type Profile } from './profile.ts'
import { Task } from './task.ts'
import { type TaskAlive, TaskSession } from './task-session.ts'
import { type Call, Transport } from './transport.ts'
import { type Workload, workloadFrom } from './workload.ts'

export type BrokerOptions = Pick<Profile, 'url' | 'principal' | 'key'> & {
  /** The audience of this identity's assertions; `url` unless the broker is reached by another address. */
  readonly issuer?: string
  /** Tokens of the platform this runs on, where `key` is a fresh one that nobody enrolled. */
  readonly workload?: () => Promise<Secret>
} & Partial<Pick<Io, 'fetch' | 'open' | 'now' | 'random' | 'sleep'>>

export interface StartTaskOptions {
  readonly environment: string
  /** Shown to people, recorded, never trusted. */
  readonly purpose: string
  readonly ticket?: string
  readonly scopes: readonly string[]
  /** `30m`, `8h` or seconds. */
  readonly ttl?: string | number
  /** Seconds or a duration: the broker ends the task when it hears nothing for this long. The SDK sends three times as often. */
  readonly heartbeat?: string | number
  /** What you say of the place where the work is done: stray secrets, and whether it is a sandbox. Shown as your claim; policy may ask for it. */
  readonly scan?: ScanClaim
  /** Two starts with the same key and the same request are one task. Made up when left out. */
  readonly idempotencyKey?: string
}

/**
 * An agent's side of the broker.
 *
 * ```ts
 * const broker = Broker.fromEnvironment()
 * await using task = await broker.startTask({
 *   environment: 'staging', purpose: 'fix flaky checkout test', scopes: ['orders-ro', 's3-reports'],
 * })
 * ```
 */
export class Broker {
  readonly #transport: Transport
  readonly #token: () => Promise<Secret>
  readonly #io: Io

  /** @throws TypeError when the URL is neither https nor loopback, or the key is not a private P-256 JWK */
  constructor(options: BrokerOptions) {
    const { url, issuer = url, principal, workload, fetch, open, now, random, sleep } = options
    const given = {
      ...(fetch && { fetch }),
      ...(open && { open }),
      ...(now && { now }),
      ...(random && { random }),
      ...(sleep && { sleep }),
    }
    this.#io = { ...systemIo, ...given }
    const key = importClientKey(options.key)
    this.#transport = new Transport(url, key, this.#io)
    this.#token = principalToken(
      { principal, issuer, key, ...(workload && { workload }) },
      this.#transport,
      this.#io,
    )
  }

  /**
   * Who the platform says this is (`BROKER_AGENT`, see workload.ts), or the identity that `broker enroll` left on this
   * machine: `BROKER_PROFILE`, `BROKER_URL`. @throws Error saying what to run
   */
  static fromEnvironment(env: Environment = process.env): Broker {
    const workload = workloadFrom(env, systemIo)
    return workload ? Broker.fromWorkload(workload) : new Broker(loadProfile(env))
  }

  /** With a fresh key that lives and dies with this process. */
  static fromWorkload(
    { url, principal, token }: Workload,
    io: Partial<Pick<Io, 'fetch' | 'open' | 'now' | 'random'>> = {},
  ): Broker {
    return new Broker({ url, principal, workload: token, key: generateClientKey().privateJwk, ...io })
  }

  /** Signs in ahead of the first call, for whoever has something else to do meanwhile. Never throws: that call says what is wrong. */
  async signIn(): Promise<void> {
    await this.#token().catch(() => undefined)
  }

  /**
   * Starts a task. Scopes that were denied are among `task.grants`, with the reason; their handles throw it.
   * @throws DeniedError or ApprovalRequiredError when nothing was granted; `grants` says why for each
   * @throws BrokerUnreachableError when no answer came, tried three times under one idempotency key
   */
  async startTask(options: StartTaskOptions): Promise<Task> {
    const { idempotencyKey, ...body } = options
    const headers = { 'idempotency-key': idempotencyKey ?? this.#randomKey() }
    for (let tries = 1; ; tries++) {
      const askedAt = this.#io.now()
      try {
        const started = await this.request<TaskStarted>({ method: 'POST', path: '/v1/tasks', body, headers })
        return new Task(new TaskSession(started, askedAt, this.#transport, this.#token, this.#io), this.#io)
      } catch (error) {
        if (tries === 3 || !mayPass(error)) throw error
        await this.#io.sleep(tries * 250)
      }
    }
  }

  /**
   * A task of this identity that runs already, as whoever else speaks for it. It gets a fresh token, which keeps it alive.
   * @throws BrokerApiError where it is over, or another one's
   */
  async task(id: string): Promise<Task> {
    const askedAt = this.#io.now()
    const path = `/v1/tasks/${encodeURIComponent(id)}/heartbeat`
    const alive = await this.request<TaskAlive>({ method: 'POST', path })
    return new Task(new TaskSession(alive, askedAt, this.#transport, this.#token, this.#io), this.#io)
  }

  /**
   * One call with this identity's own token, for the routes that no method here covers. The answer is the JSON as it came.
   * @throws BrokerApiError, BrokerUnreachableError
   */
  async request<Answer>(call: Omit<Call, 'token'>): Promise<Answer> {
    return await this.#transport.call<Answer>({ ...call, token: await this.#token() })
  }

  #randomKey(): string {
    return Buffer.from(this.#io.random(new Uint8Array(16))).toString('base64url')
  }
}

const mayPass = (error: unknown): boolean =>
  error instanceof BrokerUnreachableError ||
  (error instanceof BrokerApiError &&
    (error.code === 'audit_unavailable' || error.code === 'store_unavailable'))
