import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'

/** What one call holds of them. */
export interface HeldBody {
  /** @throws BrokerError `budget_exceeded`, and then takes nothing */
  take(bytes: number): void
  release(): void
}

/**
 * The bytes of requests that this replica holds, from when they are announced until their calls have ended. No agent can fill the
 * memory with them, nor can all agents together; and a few that try do not keep small requests of the others out.
 */
export class HeldBodies {
  readonly #ofAgent = new Map<string, number>()
  #all = 0

  of(agent: string): HeldBody {
    let held = 0
    return {
      take: (bytes) => {
        const own = (this.#ofAgent.get(agent) ?? 0) + bytes
        if (own > LIMITS.heldBytesPerAgent)
          throw exceeded(`At most ${LIMITS.heldBytesPerAgent} bytes of requests of an agent at once`)
        if (own > LIMITS.bodyBytes && this.#all + bytes > LIMITS.heldBytes)
          throw exceeded('The broker holds as many bytes of requests as it may')
        held += bytes
        this.#move(agent, bytes)
      },
      release: () => {
        this.#move(agent, -held)
        held = 0
      },
    }
  }

  #move(agent: string, bytes: number): void {
    this.#all += bytes
    const own = (this.#ofAgent.get(agent) ?? 0) + bytes
    if (own > 0) this.#ofAgent.set(agent, own)
    else this.#ofAgent.delete(agent)
  }
}

const exceeded = (detail: string): BrokerError =>
  new BrokerError('budget_exceeded', { detail, retryAfterSeconds: 1 })
