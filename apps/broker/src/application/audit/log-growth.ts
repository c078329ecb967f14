/** How many entries the log has. */
export type LogSize = () => Promise<number>
/** Resolves after that long. */
export type Pause = (ms: number) => Promise<void>

const EVERY_MS = 300

/** Tells everybody who waits that the log has grown: however many they are, one of them looks, and nobody does while none waits. */
export class LogGrowth {
  readonly #size: LogSize
  readonly #pause: Pause
  readonly #waiting = new Map<symbol, { readonly next: number; readonly go: () => void }>()
  #looking = false

  constructor(size: LogSize, pause: Pause) {
    this.#size = size
    this.#pause = pause
  }

  /** Resolves once the log has an entry `next`, or when the signal aborts. */
  async until(next: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const ticket = Symbol()
    const { promise, resolve } = Promise.withResolvers<void>()
    const go = () => resolve()
    this.#waiting.set(ticket, { next, go })
    signal.addEventListener('abort', go, { once: true })
    void this.#look()
    await promise
    signal.removeEventListener('abort', go)
    this.#waiting.delete(ticket)
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    while (this.#waiting.size > 0) {
      await this.#pause(EVERY_MS)
      // Where the database does not answer, the next look may.
      const size = await this.#size().catch(() => 0)
      for (const { next, go } of this.#waiting.values()) if (size > next) go()
      // Whoever was let go takes itself off the list first.
      await undefined
    }
    this.#looking = false
  }
}
