import type { CallLedger } from '../../ports/call-ledger.ts'
import type { Log } from '../../ports/log.ts'

/** Why an answer ended before the vendor ended it. */
export type Cut = 'ended' | 'store' | 'stopped' | 'client' | 'budget' | 'vendor'

interface OpenCall {
  /** Its grants, and the lease of its credential where that was minted. */
  readonly standsOn: readonly string[]
  readonly cut: (why: Cut) => void
  /** Its answer is on its way, and may last. */
  readonly streams: () => boolean
}

const EVERY_MS = 500
/** One that fails may be a hiccup. Longer than this nobody knows whether they live. */
const FAILURES = 2
const SETTLE_MS = 2000
const STEP_MS = 10

/**
 * The calls of this replica that have not ended. While there are any, it is asked twice a second whether what they stand on
 * lives, with one statement for all; what does not live any more is cut (I8).
 */
export class OpenCalls {
  readonly #calls = new Set<OpenCall>()
  readonly #ledger: Pick<CallLedger, 'dead'>
  readonly #log: Log
  #timer: NodeJS.Timeout | undefined
  #checking: Promise<void> | undefined
  #failures = 0

  constructor(ledger: Pick<CallLedger, 'dead'>, log: Log) {
    this.#ledger = ledger
    this.#log = log
  }

  /** Until the answer's end. */
  add(call: OpenCall): () => void {
    this.#calls.add(call)
    this.#timer ??= setInterval(() => void this.check(), EVERY_MS).unref()
    return () => {
      this.#calls.delete(call)
    }
  }

  /** Looks now; at once when somebody says that work ended. */
  async check(): Promise<void> {
    if (this.#calls.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    this.#checking ??= this.#look().finally(() => {
      this.#checking = undefined
    })
    await this.#checking
  }

  /** Cuts streams at once, the others when no client waits any more; then waits a moment until they have ended. */
  async stop(drained: Promise<void>): Promise<void> {
    for (const { cut, streams } of [...this.#calls]) if (streams()) cut('stopped')
    await drained
    for (const { cut } of [...this.#calls]) cut('stopped')
    clearInterval(this.#timer)
    for (let left = SETTLE_MS; left > 0 && this.#calls.size > 0; left -= STEP_MS)
      await new Promise((resolve) => setTimeout(resolve, STEP_MS))
  }

  async #look(): Promise<void> {
    const calls = [...this.#calls]
    try {
      const dead = new Set(await this.#ledger.dead([...new Set(calls.flatMap(({ standsOn }) => standsOn))]))
      this.#failures = 0
      for (const { standsOn, cut } of calls) if (standsOn.some((id) => dead.has(id))) cut('ended')
    } catch (error) {
      this.#failures += 1
      if (this.#failures < FAILURES) return
      this.#log.error(
        { err: error, calls: calls.length },
        'calls were cut: nobody can say whether what they stand on lives',
      )
      for (const { cut } of calls) cut('store')
    }
  }
}
