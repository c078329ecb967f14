import type { CheckpointSink } from '../../ports/audit.ts'

export interface SinkStatus {
  readonly name: string
  /** Notes that wait. */
  readonly queued: number
  /** Notes given up because the queue was full; later ones cover what they covered. */
  readonly dropped: number
  /** The last try failed. */
  readonly failing: boolean
}

export interface CheckpointPublisher {
  /** Takes a note for every sink and returns at once; never throws. */
  publish(note: string): void
  /** Tries what waits, again if need be; resolves when every sink is idle or has failed. Call it from a timer. */
  flush(): Promise<void>
  status(): readonly SinkStatus[]
}

interface Options {
  /** Notes kept per sink while it fails; the oldest go first. */
  readonly queueLimit?: number
  readonly onFailure: (sink: string, error: unknown) => void
}

/** One bounded queue per sink: a sink that fails or hangs holds up neither the broker nor another sink. */
export function createCheckpointPublisher(
  sinks: readonly CheckpointSink[],
  { queueLimit = 100, onFailure }: Options,
): CheckpointPublisher {
  const queues = sinks.map((sink) => new SinkQueue(sink, queueLimit, onFailure))
  return {
    publish(note) {
      for (const queue of queues) queue.add(note)
    },
    async flush() {
      await Promise.all(queues.map((queue) => queue.flush()))
    },
    status: () => queues.map((queue) => queue.status()),
  }
}

class SinkQueue {
  readonly #sink: CheckpointSink
  readonly #limit: number
  readonly #onFailure: (sink: string, error: unknown) => void
  readonly #waiting: string[] = []
  #running: Promise<void> | undefined
  #dropped = 0
  #failing = false

  constructor(sink: CheckpointSink, limit: number, onFailure: (sink: string, error: unknown) => void) {
    this.#sink = sink
    this.#limit = limit
    this.#onFailure = onFailure
  }

  add(note: string): void {
    this.#waiting.push(note)
    this.#trim()
    void this.flush()
  }

  flush(): Promise<void> {
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  status(): SinkStatus {
    return {
      name: this.#sink.name,
      queued: this.#waiting.length,
      dropped: this.#dropped,
      failing: this.#failing,
    }
  }

  async #drain(): Promise<void> {
    for (let note = this.#waiting.shift(); note !== undefined; note = this.#waiting.shift()) {
      try {
        await this.#sink.publish(note)
        this.#failing = false
      } catch (error) {
        this.#failing = true
        this.#waiting.unshift(note)
        this.#trim()
        this.#onFailure(this.#sink.name, error)
        return
      }
    }
  }

  #trim(): void {
    while (this.#waiting.length > this.#limit) {
      this.#waiting.shift()
      this.#dropped++
    }
  }
}
