import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Clock } from '../../ports/clock.ts'

const WINDOW_MS = 60_000

/** What one reporter may tell of within a minute at this replica. It says nothing about what was told. */
export class ReportBudget {
  readonly #clock: Clock
  readonly #used = new Map<string, number>()
  #window = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws BrokerError `budget_exceeded` */
  take(reporter: string, findings: number): void {
    const now = this.#clock.now().getTime()
    const window = Math.floor(now / WINDOW_MS)
    if (window !== this.#window) this.#used.clear()
    this.#window = window
    const used = (this.#used.get(reporter) ?? 0) + findings
    if (used > LIMITS.leaksPerMinute) {
      throw new BrokerError('budget_exceeded', {
        detail: `At most ${LIMITS.leaksPerMinute} found secrets of one reporter within a minute`,
        retryAfterSeconds: Math.ceil(((window + 1) * WINDOW_MS - now) / 1000),
      })
    }
    this.#used.set(reporter, used)
  }
}
