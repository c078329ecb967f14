import type { AuditRecord } from '@credbroker/core/audit/event'
import type { AuditLog } from '../../ports/audit.ts'
import type { Log } from '../../ports/log.ts'

/**
 * Writes how calls ended. What ends while others are being written is written with the next, in one statement. One that cannot be written
 * leaves its intent open, which says that it is unknown (I6).
 */
export class Outcomes {
  readonly #audit: AuditLog
  readonly #log: Log
  #waiting: AuditRecord[] = []
  #writing: Promise<void> | undefined

  constructor(audit: AuditLog, log: Log) {
    this.#audit = audit
    this.#log = log
  }

  write(outcome: AuditRecord): void {
    this.#waiting.push(outcome)
    this.#writing ??= this.#drain()
  }

  async settled(): Promise<void> {
    await this.#writing
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST)
      try {
        await this.#audit.append(batch)
      } catch (error) {
        this.#log.error(
          { err: error, calls: batch.length },
          'outcomes of calls could not be recorded: they stay unknown',
        )
      }
    }
    this.#writing = undefined
  }
}

const MOST = 200
