import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import type { GrantView, TaskView } from '@credbroker/core/wire/tasks'
import { type Approval, type ApprovalWire, approvalFromWire } from './approval.ts'
import { type AwsClientConfig, type AwsCredentialProvider, awsClientConfig, awsProvider } from './aws.ts'
import { untilDecided } from './decided.ts'
import {
  ChildKey,
  type DelegateOptions,
  delegationBody,
  type Lender,
  type LendOptions,
  type Lent,
} from './delegate.ts'
import { type EndedLease, endTask } from './end-task.ts'
import { apiError } from './errors.ts'
import { type CallInit, gatewayCall } from './gateway-call.ts'
import { type Grant, grantFromWire } from './grant.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { Io } from './io.ts'
import { type KubernetesAccess, kubernetesAccess } from './kubernetes.ts'
import { type Lease, leaseFromWire } from './lease.ts'
import { LeaseHandle } from './lease-handle.ts'
import { type PgConfig, pgConfig } from './pg.ts'
import { type PostgresOptions, postgresOptions } from './postgres.ts'
import type { TaskSession } from './task-session.ts'

/** The broker gives a vendor 20 seconds to mint. */
const MINT_TIMEOUT_MS = 30_000

export interface MintOptions {
  /** `15m` or seconds; the scope, the grant and the provider may cap it. */
  readonly ttl?: string | number
}

/** One of the calls that {@link Task.askApproval} asks for. */
export interface AskedCall {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * One running piece of work: what was granted, and a handle per scope. Made by `broker.startTask`.
 * End it, with `await using` or {@link Task.end}: that revokes what was minted. Printing it shows no secret.
 */
export class Task implements AsyncDisposable {
  readonly id: string
  readonly environment: string
  readonly purpose: string
  readonly #session: TaskSession
  readonly #io: Io
  readonly #handles = new Map<string, LeaseHandle>()
  #ended: Promise<readonly EndedLease[]> | undefined

  /** @internal */
  constructor(session: TaskSession, io: Io) {
    const { id, environment, purpose } = session.view
    this.id = id
    this.environment = environment
    this.purpose = purpose
    this.#session = session
    this.#io = io
    const every = session.beatEveryMs
    if (every !== undefined) session.whenOver(startHeartbeat(session.beat, every, io.after))
  }

  /** As the broker last said; heartbeats and token renewals bring it up to date. */
  get grants(): readonly Grant[] {
    return this.#session.view.grants.map(grantFromWire)
  }

  get endsAt(): Date {
    return new Date(this.#session.view.ends_at)
  }

  get state(): 'active' | 'ended' {
    return this.#session.view.state
  }

  /** Why it ended, where the broker said. */
  get endReason(): Grant['endReason'] {
    return this.#session.view.end_reason
  }

  /**
   * Credentials for an AWS SDK v3 client: `new S3Client({ region, credentials: task.aws('s3-reports') })`.
   * Minted at the first call, renewed ahead of their end.
   * @throws DeniedError when the scope was denied
   */
  aws(scope: string, options: MintOptions = {}): AwsCredentialProvider {
    return awsProvider(this.#handle(scope, 'aws', options))
  }

  /** {@link Task.aws} with the region and, where there is one, the endpoint: `new S3Client(await task.awsConfig('s3-reports'))`. */
  async awsConfig(scope: string, options: MintOptions = {}): Promise<AwsClientConfig> {
    return await awsClientConfig(this.#handle(scope, 'aws', options))
  }

  /**
   * Options for the `postgres` package: `postgres(await task.postgres('orders-ro'))`. The pool outlives its leases.
   * Asks for a lease as long as the grant, so that the database user changes as seldom as the scope allows.
   * @throws DeniedError when the scope was denied
   */
  async postgres(scope: string, options: MintOptions = {}): Promise<PostgresOptions> {
    const handle = this.#handle(scope, 'postgres', { ttl: this.#rest(), ...options })
    return await postgresOptions(handle, this.#io)
  }

  /** A configuration for node-postgres: `new pg.Pool(await task.pg('orders-ro'))`. It lives as long as one lease. */
  async pg(scope: string, options: MintOptions = {}): Promise<PgConfig> {
    return await pgConfig(this.#handle(scope, 'postgres', { ttl: this.#rest(), ...options }), this.#io)
  }

  /** Where the API server is, and the token of the moment for it. @throws DeniedError when the scope was denied */
  async kubernetes(scope: string, options: MintOptions = {}): Promise<KubernetesAccess> {
    return await kubernetesAccess(this.#handle(scope, 'kubernetes', options))
  }

  /** The scope's lease that renews itself, shared by all handles of this scope. The first `ttl` asked for holds. */
  lease(scope: string, options: MintOptions = {}): LeaseHandle {
    this.#refuseDenied(scope)
    let handle = this.#handles.get(scope)
    if (!handle) {
      handle = new LeaseHandle(scope, () => this.credential(scope, options), this.#io)
      this.#handles.set(scope, handle)
    }
    return handle
  }

  /** Mints a credential at every call; each lives until its own end or the task's. Never repeated by itself. */
  async credential(scope: string, { ttl }: MintOptions = {}): Promise<Lease> {
    this.#refuseDenied(scope)
    const answer = await this.#session.call<CredentialAnswer>({
      method: 'POST',
      path: '/v1/credentials',
      body: { scope, ...(ttl !== undefined && { ttl }) },
      timeoutMs: MINT_TIMEOUT_MS,
    })
    return leaseFromWire(answer)
  }

  /**
   * A call through the gateway: the broker decides about it, and makes it itself. The answer is the vendor's, whatever its
   * status. Where a person has to approve, it waits for them and then sends the very same again.
   * @throws DeniedError, ApprovalDeniedError, ApprovalRequiredError and other BrokerApiErrors when the broker refuses
   * @throws BrokerUnreachableError when no answer came: whether the vendor was called is not known
   */
  async fetch(scope: string, path: string, init: CallInit = {}): Promise<Response> {
    this.#refuseDenied(scope)
    return await gatewayCall(this.#session, this.#io, scope, path, init)
  }

  /** Asks people for several calls at once, before any is made. Each is then made with `approvalId`. */
  async askApproval(scope: string, requests: readonly AskedCall[]): Promise<Approval> {
    const body = { scope, requests }
    const path = '/v1/approvals'
    const answer = await this.#session.call<{ approval: ApprovalWire }>({ method: 'POST', path, body })
    return approvalFromWire(answer.approval)
  }

  /** Asks for more scopes. The answer may be `denied` or `pending`: look at each grant's state. */
  async request(scopes: readonly string[]): Promise<readonly Grant[]> {
    const body = { scopes }
    const answer = await this.#session.call<{ task: TaskView }>({ method: 'POST', below: '/grants', body })
    this.#session.update(answer.task)
    return this.grants.filter((grant) => scopes.includes(grant.scope))
  }

  /**
   * Waits for the people who have to decide about grants, as long as their questions last. Answers all grants: look at
   * each one's state. `signal` stops waiting, which takes no question back.
   * @throws BrokerApiError `task_ended`; the reason of the signal
   */
  async decided({ signal }: { readonly signal?: AbortSignal } = {}): Promise<readonly Grant[]> {
    await untilDecided(this.#session, this.#io, signal)
    return this.grants
  }

  /**
   * Hands a part of it on to a child task with a key of its own (docs/delegation.md). The child ends with it at the
   * latest; ending the child ends nothing else. Denied scopes are among its `grants`.
   * @throws DeniedError when nothing was granted
   */
  async delegate(options: DelegateOptions): Promise<Task> {
    const key = new ChildKey(this.lender, this.#io)
    return new Task(
      key.session(await this.#lend((nonce) => ({ ...options, proof: key.proof(nonce) }))),
      this.#io,
    )
  }

  /** The same, for a key that is in another process or another agent's: give the answer to the `Borrower` there. */
  async lend(options: LendOptions): Promise<Lent> {
    return await this.#lend(() => options)
  }

  /** {@link Task.grants} as the broker says them, for whoever works in a part of this task. @internal */
  get grantViews(): readonly GrantView[] {
    return this.#session.view.grants
  }

  /** What a `Borrower` has to know of it. */
  get lender(): Lender {
    return { ...this.#session.place, task: this.id, environment: this.environment }
  }

  /** Runs once when the task is over, whoever ended it: this program, its time, an operator. */
  whenEnded(run: () => void): void {
    this.#session.whenOver(run)
  }

  /**
   * Ends the task and revokes what it minted. The answer says per lease what is known to be dead. Safe to repeat.
   * `signal` stops waiting for the answer, which stops nothing at the broker.
   */
  async end({ signal }: { readonly signal?: AbortSignal } = {}): Promise<readonly EndedLease[]> {
    this.#ended ??= endTask(this.#session, this.#io, signal).catch((error: unknown) => {
      this.#ended = undefined
      throw error
    })
    return await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  toJSON(): object {
    const { id, environment, purpose, state, endsAt, grants } = this
    return { id, environment, purpose, state, endsAt, grants }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return this.toJSON()
  }

  async #lend(options: (nonce?: string) => LendOptions): Promise<Lent> {
    const body = (nonce?: string) => delegationBody(options(nonce))
    return await this.#session.call<Lent>({ method: 'POST', below: '/delegate', body })
  }

  #rest(): number {
    return Math.max(1, Math.floor((this.endsAt.getTime() - this.#io.now().getTime()) / 1000))
  }

  #grantOf(scope: string): Grant | undefined {
    return this.grants.find((grant) => grant.scope === scope)
  }

  #refuseDenied(scope: string): void {
    const grant = this.#grantOf(scope)
    if (grant?.state !== 'denied') return
    const { code = 'denied', reason, required, approvalUrl } = grant
    throw apiError({
      status: 403,
      code,
      retryable: false,
      ...(reason !== undefined && { detail: reason }),
      ...(required !== undefined && { required: [...required] }),
      ...(approvalUrl !== undefined && { approval_url: approvalUrl }),
    })
  }

  #handle(scope: string, form: string, options: MintOptions): LeaseHandle {
    const handle = this.lease(scope, options)
    const actual = this.#grantOf(scope)?.form
    if (actual !== undefined && actual !== form)
      throw new TypeError(`scope ${scope} mints ${actual}, not ${form}`)
    return handle
  }
}
