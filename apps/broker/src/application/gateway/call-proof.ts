import { BrokerError } from '@credbroker/core/errors'
import type { SingleUse } from '../../ports/tokens.ts'
import type { ProofBook } from '../../ports/use-reader.ts'

/**
 * The proof of one call. It is taken before the first thing that the call brings about: with its intent, in one statement, or before it by
 * `take`, where a body is waited for, a vendor asked, a credential minted, a person asked, or the call refused.
 */
export class CallProof {
  readonly #book: ProofBook
  readonly #proof: SingleUse
  #taken: Promise<void> | undefined

  constructor(book: ProofBook, proof: SingleUse, taken: boolean) {
    this.#book = book
    this.#proof = proof
    if (taken) this.#taken = Promise.resolve()
  }

  /** For the statement that takes it; undefined where it was taken before. */
  give(): SingleUse | undefined {
    if (this.#taken) return undefined
    this.#taken = Promise.resolve()
    return this.#proof
  }

  /** Now, unless it was taken before. @throws BrokerError `replayed_proof` */
  take(): Promise<void> {
    this.#taken ??= this.#takeAlone()
    return this.#taken
  }

  /** Whatever refuses the call has used it up. @throws BrokerError as `work` does; `replayed_proof` instead where it was used before */
  async usedBy<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      await this.take()
      throw error
    }
  }

  async #takeAlone(): Promise<void> {
    if (!(await this.#book.take([this.#proof]))) throw new BrokerError('replayed_proof')
  }
}
