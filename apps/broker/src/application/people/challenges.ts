import { createHash } from 'node:crypto'
import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import type { Clock } from '../../ports/clock.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { ProofBook } from '../../ports/use-reader.ts'

/** What a challenge is for. An answer to one is no answer to another. */
export type ChallengePurpose = 'setup' | 'register' | 'sign-in' | 'step-up' | 'sso'

const CHALLENGE = /^([A-Za-z0-9_-]{22})([0-9a-z]{9})([A-Za-z0-9_-]{43})$/

/**
 * Challenges that any replica can recognise as ours: 128 random bits, their end, and a MAC over both with what they are
 * for and for whom. Nothing is stored until one is answered, so that strangers write nothing into the database; then it
 * is remembered until it is over, so that it is answered once.
 */
export class Challenges {
  readonly #macs: Macs
  readonly #book: ProofBook
  readonly #clock: Clock
  readonly #random: FillRandom

  constructor(macs: Macs, book: ProofBook, clock: Clock, random: FillRandom) {
    this.#macs = macs
    this.#book = book
    this.#clock = clock
    this.#random = random
  }

  /** Text of 74 characters of base64url. `bound`: the user, session or token it is for; empty where nobody is known. */
  issue(purpose: ChallengePurpose, bound = ''): string {
    const nonce = Buffer.from(this.#random(new Uint8Array(16))).toString('base64url')
    const ends = (this.#clock.now().getTime() + LIMITS.challengeSeconds * 1000).toString(36).padStart(9, '0')
    return `${nonce}${ends}${this.#mac(purpose, bound, nonce, ends)}`
  }

  /** Takes it, for good. @throws BrokerError with `code` where it is not ours, of another purpose or person, over or used */
  async take(
    challenge: string,
    purpose: ChallengePurpose,
    bound: string,
    code: 'passkey_invalid' | 'sso_failed',
  ): Promise<void> {
    const [, nonce, ends, mac] = CHALLENGE.exec(challenge) ?? []
    if (nonce === undefined || ends === undefined || mac === undefined) throw new BrokerError(code)
    const text = message(purpose, bound, nonce, ends)
    const endsAt = Number.parseInt(ends, 36)
    if (!this.#macs.matches('challenge', text, mac) || endsAt <= this.#clock.now().getTime())
      throw new BrokerError(code)
    const digest = createHash('sha256').update(`challenge\0${challenge}`).digest()
    // Remembered for longer than it lives: another replica's clock may be behind.
    const rememberUntil = new Date(endsAt + 60_000)
    if (!(await this.#book.take([{ digest, rememberUntil }]))) throw new BrokerError(code)
  }

  #mac(purpose: ChallengePurpose, bound: string, nonce: string, ends: string): string {
    return this.#macs.mac('challenge', message(purpose, bound, nonce, ends))
  }
}

const message = (...parts: readonly string[]): string => JSON.stringify(parts)
