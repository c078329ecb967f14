import { coalesce } from './coalesce.ts'
import { BrokerApiError } from './errors.ts'
import { type Io, randomFraction } from './io.ts'
import type { Lease } from './lease.ts'

/** The last part of a lease's life in which it is replaced at the next use. */
const AHEAD = 0.2
/** Spread over this part of the life, so that a fleet that started together does not come back together. */
const JITTER = 0.05
/** After a failed renewal, while the old lease still works. */
const RETRY_MS = 5_000

/**
 * A scope's lease that renews itself: minted at the first use, replaced ahead of its end, shared by who asks meanwhile.
 * Nothing is minted twice because an answer was lost: a failed mint is an error, or the old lease while it lives.
 */
export class LeaseHandle {
  readonly scope: string
  readonly #mint: () => Promise<Lease>
  readonly #io: Io
  readonly #renewed: () => Promise<Lease>
  #held: Lease | undefined
  #renewAt = 0

  /** @internal */
  constructor(scope: string, mint: () => Promise<Lease>, io: Io) {
    this.scope = scope
    this.#mint = mint
    this.#io = io
    this.#renewed = coalesce(() => this.#renew())
  }

  /**
   * The lease to use now.
   * @throws BrokerApiError when the broker refuses; DeniedError and ApprovalRequiredError say why
   * @throws BrokerUnreachableError when it does not answer and no lease is left
   */
  async current(): Promise<Lease> {
    if (this.#held && this.#io.now().getTime() < this.#renewAt) return this.#held
    return await this.#renewed()
  }

  /** From when {@link LeaseHandle.current} mints again; undefined before the first lease. */
  get renewAt(): Date | undefined {
    return this.#held && new Date(this.#renewAt)
  }

  async #renew(): Promise<Lease> {
    const asked = this.#io.now().getTime()
    try {
      const lease = await this.#mint()
      this.#renewAt = renewAt(lease, asked, this.#io)
      this.#held = lease
      return lease
    } catch (error) {
      const old = this.#held
      const now = this.#io.now().getTime()
      if (!old || old.expiresAt.getTime() <= now || isRefusal(error)) {
        this.#held = undefined
        throw error
      }
      this.#renewAt = Math.min(now + RETRY_MS, old.expiresAt.getTime())
      return old
    }
  }
}

function renewAt(lease: Lease, mintedAt: number, io: Io): number {
  const end = lease.expiresAt.getTime()
  if (lease.cappedBy === 'grant') return end
  const ahead = AHEAD + JITTER * randomFraction(io.random)
  return end - (end - mintedAt) * ahead
}

/** The authority itself is gone, so the old lease is being revoked: going on with it would only hide that. */
const isRefusal = (error: unknown): boolean =>
  error instanceof BrokerApiError && (error.status === 401 || error.status === 403)
