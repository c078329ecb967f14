/** An effect that was announced and of which the log does not say how it went. */
export interface OpenIntent {
  readonly index: number
  readonly id: string
  readonly type: string
  readonly task?: string
}

/** Pairs intents with their outcomes, in whichever order they come. */
export class Intents {
  readonly #open = new Map<string, OpenIntent>()
  readonly #answered = new Set<string>()

  see(index: number, event: Readonly<Record<string, unknown>>): void {
    const { id, type, task, phase, intent, result } = event
    if (phase === 'intent' && typeof id === 'string') {
      // An outcome that was numbered first has answered it already.
      if (this.#answered.delete(id)) return
      this.#open.set(id, { index, id, type: String(type), ...(typeof task === 'string' && { task }) })
    }
    // An outcome that says "unknown" settles nothing.
    if (
      phase === 'outcome' &&
      typeof intent === 'string' &&
      result !== 'unknown' &&
      !this.#open.delete(intent)
    ) {
      this.#answered.add(intent)
    }
  }

  get openCount(): number {
    return this.#open.size
  }

  open(limit: number): OpenIntent[] {
    const first: OpenIntent[] = []
    for (const intent of this.#open.values()) {
      if (first.push(intent) >= limit) break
    }
    return first
  }
}
