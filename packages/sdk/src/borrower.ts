import type { Secret } from '@credbroker/core/secret'
import { ChildKey, type Lender, type Lent } from './delegate.ts'
import { type Io, systemIo } from './io.ts'
import { Task } from './task.ts'

/**
 * The other side of `task.lend`: proves a key, and works in the task that this key was lent.
 *
 * ```ts
 * const borrower = new Borrower(lender) // where the work is to be done
 * const lent = await task.lend({ scopes, purpose, proof: borrower.proof() }) // where the task is
 * await using part = borrower.task(lent) // where the work is done
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

  /** The child task. `lent`: what `task.lend` answered, as it came. */
  task(lent: Lent): Task {
    return new Task(this.#key.session(lent), this.#io)
  }
}
