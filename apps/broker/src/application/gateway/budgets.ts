import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Clock } from '../../ports/clock.ts'

const WINDOW_MS = 60_000

/** Who spends. */
export interface Spender {
  readonly agent: string
  readonly grant: string
}

/**
 * What calls may cost, counted in memory at this replica: with several, an agent may spend as much at each. It keeps one
 * agent from using up the broker, and a vendor's patience with everybody; it decides nothing about what is allowed.
 */
export class Budgets {
  readonly #used = new Map<string, number>()
  readonly #inFlight = new Map<string, number>()
  readonly #clock: Clock
  #window = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes one call, until it is given back. @throws BrokerError `budget_exceeded` */
  begin({ agent, grant }: Spender): () => void {
    const open = this.#inFlight.get(agent) ?? 0
    if (open >= LIMITS.callsInFlight)
      throw exceeded(`At most ${LIMITS.callsInFlight} calls of an agent may run at once`, 1)
    this.#look(bytesOf(agent), LIMITS.answerBytesPerAgent, BYTES)
    // What one of them refuses costs nothing of the other.
    this.#look(`calls ${agent}`, LIMITS.callsPerAgent, 'calls of an agent')
    this.#take(`calls ${grant}`, LIMITS.callsPerGrant, 'calls under one grant')
    this.#take(`calls ${agent}`, LIMITS.callsPerAgent, 'calls of an agent')
    this.#inFlight.set(agent, open + 1)
    let given = false
    return () => {
      if (given) return
      given = true
      const left = (this.#inFlight.get(agent) ?? 1) - 1
      if (left > 0) this.#inFlight.set(agent, left)
      else this.#inFlight.delete(agent)
    }
  }

  /** Before the vendor is asked about a call. @throws BrokerError `budget_exceeded` */
  resolution({ agent }: Spender): void {
    this.#take(`asked ${agent}`, LIMITS.resolutionsPerAgent, 'questions to vendors about an agent’s calls')
  }

  /** Bytes of an answer on their way. False where that was too much; what was read already may pass. */
  answered({ agent }: Spender, bytes: number): boolean {
    this.#turn()
    const used = (this.#used.get(bytesOf(agent)) ?? 0) + bytes
    this.#used.set(bytesOf(agent), used)
    return used <= LIMITS.answerBytesPerAgent
  }

  #take(name: string, most: number, what: string): void {
    this.#look(name, most, what)
    this.#used.set(name, (this.#used.get(name) ?? 0) + 1)
  }

  #look(name: string, most: number, what: string): void {
    const left = this.#turn()
    if ((this.#used.get(name) ?? 0) >= most) throw exceeded(`At most ${most} ${what} within a minute`, left)
  }

  /** Seconds until the next window begins. */
  #turn(): number {
    const now = this.#clock.now().getTime()
    const window = Math.floor(now / WINDOW_MS)
    if (window !== this.#window) this.#used.clear()
    this.#window = window
    return Math.ceil(((window + 1) * WINDOW_MS - now) / 1000)
  }
}

const BYTES = 'bytes of answers to an agent'
const bytesOf = (agent: string): string => `bytes ${agent}`

const exceeded = (detail: string, retryAfterSeconds: number): BrokerError =>
  new BrokerError('budget_exceeded', { detail, retryAfterSeconds })
