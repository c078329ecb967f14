import type { Access } from '@credbroker/core/access'
import { type ClientKey, generateClientKey, importClientKey } from '@credbroker/core/client-key'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import type { Secret } from '@credbroker/core/secret'
import type { DelegationRequest } from '@credbroker/core/wire/delegation'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { apiError } from './errors.ts'
import type { Io } from './io.ts'
import { TaskSession } from './task-session.ts'
import { Transport } from './transport.ts'

/** A part of a task: environment, owner and end are at most the parent's, whatever is asked for. */
export interface DelegateOptions {
  readonly scopes: readonly string[]
  /** The most that a scope may be for; one that can do more is denied. */
  readonly access?: Readonly<Record<string, readonly Access[]>>
  /** Shown to people, recorded, never trusted. */
  readonly purpose: string
  /** The parent's when left out. */
  readonly ticket?: string
  /** `30m`, `8h` or seconds; it ends with its parent at the latest. */
  readonly ttl?: string | number
  /** As at the start of a task; a child has its own. */
  readonly heartbeat?: string | number
  /** As at the start of a task; the parent's when left out. */
  readonly scan?: ScanClaim
  /** Which of your workers it is: lower-case letters, digits and `-`. For people and the log. */
  readonly subAgent?: string
}

/** What a task hands on to a key that is somewhere else: in another process, or another agent's. */
export interface LendOptions extends DelegateOptions {
  /** By `Borrower.proof`. */
  readonly proof: string
  /** The agent whose enrolled key the proof is by, where it is another one of the same owner. */
  readonly agent?: string
}

/** Where the task is, so that a `Borrower` can ask for a part of it. */
export interface Lender {
  readonly url: string
  readonly task: string
  readonly environment: string
  /** Set where the clocks of this machine and the broker differ. */
  readonly nonce?: string
}

/** What was lent: plain data for the `Borrower` whose key it is bound to, and no use to another one. */
export interface Lent {
  readonly task: object
  readonly token: object
}

/** @internal */
export const delegationBody = ({
  subAgent,
  access,
  ...rest
}: LendOptions): { [Field in keyof DelegationRequest]: unknown } => ({
  ...rest,
  ...(access && { access }),
  ...(subAgent !== undefined && { sub_agent: subAgent }),
})

/** The key of a child task: it proves itself, and speaks for what it was lent. @internal */
export class ChildKey {
  readonly #path: string
  readonly #io: Io
  readonly #transport: Transport
  #askedAt: Date

  /** @throws TypeError when `key` is not a private P-256 JWK */
  constructor({ url, task }: Lender, io: Io, key?: Secret) {
    const own: ClientKey = key ? importClientKey(key) : generateClientKey()
    this.#path = `/v1/tasks/${task}/delegate`
    this.#io = io
    this.#transport = new Transport(url, own, io)
    this.#askedAt = io.now()
  }

  proof(nonce: string | undefined): string {
    this.#askedAt = this.#io.now()
    return this.#transport.proof('POST', this.#path, undefined, nonce)
  }

  session(lent: Lent): TaskSession {
    return new TaskSession(lent as TaskStarted, this.#askedAt, this.#transport, noPrincipal, this.#io)
  }
}

/** A child's key is nobody's enrolled key, so its token is renewed before it ends or not at all. */
const noPrincipal = async (): Promise<never> => {
  throw apiError({
    status: 401,
    code: 'invalid_token',
    title: 'The token of the child task has ended',
    todo: 'Ask the parent task for another child.',
    retryable: false,
  })
}
