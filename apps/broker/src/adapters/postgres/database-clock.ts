import type { Sql } from 'postgres'
import type { Clock } from '../../ports/clock.ts'

/** The replica's clock, corrected by how far the database's was ahead when last measured. */
export class DatabaseClock implements Clock {
  readonly #sql: Sql
  #aheadMs = 0

  constructor(sql: Sql) {
    this.#sql = sql
  }

  now(): Date {
    return new Date(Date.now() + this.#aheadMs)
  }

  /** Measures again; half of the round trip counts as the way back. */
  async measure(): Promise<void> {
    const before = Date.now()
    const [row] = await this.#sql<{ now: Date }[]>`SELECT clock_timestamp() AS now`
    const after = Date.now()
    if (row) this.#aheadMs = row.now.getTime() - (before + after) / 2
  }
}
