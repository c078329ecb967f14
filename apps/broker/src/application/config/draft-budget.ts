import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Caller } from '../identity/caller.ts'

const WINDOW_MS = 60_000

interface Used {
  readonly since: number
  readonly milliseconds: number
  readonly running: number
}

/**
 * What a person’s drafts may cost, counted in memory at this replica: whoever may look must not be able to keep the broker busy.
 * It decides nothing about what is allowed.
 */
export class DraftBudget {
  readonly #used = new Map<string, Used>()
  readonly #now: () => number

  /** `now`: milliseconds, never backwards. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** One question about a draft, until it is given back. @throws BrokerError `budget_exceeded` */
  begin({ name }: Pick<Caller, 'name'>): () => void {
    const begun = this.#now()
    const { since, milliseconds, running } = this.#of(name)
    const left = Math.ceil((since + WINDOW_MS - begun) / 1000)
    if (milliseconds >= LIMITS.draftMillisecondsPerMinute)
      throw exceeded('Your drafts were looked at for as long as a minute allows', left)
    if (running >= LIMITS.draftsAtOnce)
      throw exceeded(`At most ${LIMITS.draftsAtOnce} of your drafts are looked at at once`, 1)
    this.#used.set(name, { since, milliseconds, running: running + 1 })
    return () => {
      const now = this.#of(name)
      this.#used.set(name, {
        since: now.since,
        milliseconds: now.milliseconds + this.#now() - begun,
        running: now.running - 1,
      })
    }
  }

  #of(name: string): Used {
    const used = this.#used.get(name)
    if (used && this.#now() - used.since < WINDOW_MS) return used
    return { since: this.#now(), milliseconds: 0, running: used?.running ?? 0 }
  }
}

const exceeded = (detail: string, retryAfterSeconds: number): BrokerError =>
  new BrokerError('budget_exceeded', { detail, retryAfterSeconds })
