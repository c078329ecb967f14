import { BrokerError } from '@credbroker/core/errors'

const PER_PERSON = 12
const ALL = 500

/** Who listens at this replica: nobody takes all of it. */
export class Seats {
  readonly #taken = new Map<string, number>()
  #all = 0

  /** @throws BrokerError `too_many`; otherwise a seat that must be given back */
  take(person: string): () => void {
    const own = this.#taken.get(person) ?? 0
    if (own >= PER_PERSON || this.#all >= ALL)
      throw new BrokerError('too_many', { detail: `At most ${PER_PERSON} streams of events for one person` })
    this.#taken.set(person, own + 1)
    this.#all += 1
    let given = false
    return () => {
      if (given) return
      given = true
      this.#all -= 1
      const left = (this.#taken.get(person) ?? 1) - 1
      if (left === 0) this.#taken.delete(person)
      else this.#taken.set(person, left)
    }
  }
}
