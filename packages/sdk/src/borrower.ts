import type { Secret } from '@credbroker/core/secret'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { ChildKey, type Lender } from './delegate.ts'
import { type Io, systemIo } from './io.ts'
import { Task } from './task.ts'

/**
 * The other side of `task.lend`: proves a key, and works in the task that this key was lent.
 *
 * ```ts
 * const borrower = new Borrower(lender) // where the work is to be done
 * const started = await task.lend({ scopes, purpose, proof: borrower.proof() }) // where the task is
 * await using part = borrower.task(started) // where the work is done
 * ```
 */
export class Borrower {
  readonly #nonce: string | undefined
  readonly #key: ChildKey
  readonly #io: Io

  /** `key`: the private P-256 JWK of an enrolled key, for another agent; otherwise a fresh one. @throws TypeError */
  constructor(lender: Lender, { key, ...io }: { readonly key?: Secret } & Partial<Io> = {}) {
    this.#nonce = lender.nonce
    this.#io = { ...systemIo, ...io }
    this.#key = new ChildKey(lender, this.#io, key)
  }

  /** Good for one request, for a minute. It says nothing that must be kept. */
  proof(): string {
    return this.#key.proof(this.#nonce)
  }

  /** The child task. What `task.lend` answered is no use to another key. */
  task(started: TaskStarted): Task {
    return new Task(this.#key.session(started), this.#io)
  }
}
