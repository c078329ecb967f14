import type { Inner } from '@credbroker/connectors/connector'
import { ACCESS } from '@credbroker/core/access'
import { canonicalHash, type Json } from '@credbroker/core/canonical-json'
import type { Scope } from '../../domain/config.ts'
import type { LeaseReader } from '../../ports/lease-store.ts'
import type { TaskCaller } from '../identity/caller.ts'
import type { Allowed } from '../leases/check-use.ts'
import { type MintDeps, type MintedCredential, mintChecked } from '../leases/mint-credential.ts'
import { againWith, type LiveCall } from './live-call.ts'

interface Held {
  readonly minted: Promise<MintedCredential>
  endsAt: number
  /** The vendor says that it is none. */
  refused: boolean
}

export interface InnerCredential extends MintedCredential {
  /** The vendor does not know it: another one is minted for the next call, and this one revoked. */
  readonly refused: () => void
}

const EARLY_MS = 60_000
/** A vendor that refuses whatever it issued must not make us mint at each call. */
const REPLACED_MS = 5 * 60_000

/**
 * Credentials that are minted for a grant and never leave the broker: leases like any other, so that they are recorded, and
 * revoked with the grant or by hand. Kept in memory while they live, one for each grant and spec at each replica; whether
 * they still do is read at each use (I8).
 */
export class InnerCredentials {
  readonly #held = new Map<string, Held>()
  /** Until when a further refusal changes nothing. */
  readonly #replaced = new Map<string, number>()
  readonly #deps: MintDeps
  readonly #leases: Pick<LeaseReader, 'find'>

  constructor(deps: MintDeps, leases: Pick<LeaseReader, 'find'>) {
    this.#deps = deps
    this.#leases = leases
  }

  /** @throws BrokerError as minting does */
  async of(
    caller: TaskCaller,
    live: LiveCall,
    inner: Inner<unknown, unknown>,
    spec: unknown,
  ): Promise<InnerCredential> {
    const allow = inner.allow(spec)
    const key = `${live.grant.id} ${live.root.version} ${canonicalHash(allow)}`
    this.#forgetEnded()
    const known = this.#held.get(key)
    if (known) {
      const minted = await known.minted
      const lives = await this.#lives(minted)
      const replaced = lives && this.#replaces(key, known)
      if (lives && !replaced && this.#held.get(key) === known) return refusable(known, minted)
      this.#forget(key, known)
      // The sweeper does the rest. Where this is not written, it ends with its grant.
      if (replaced) await this.#deps.writer.condemn(minted.lease.id, []).catch(() => undefined)
    }
    const held = this.#held.get(key) ?? this.#begin(key, () => this.#mint(caller, live, allow, key))
    return refusable(held, await held.minted)
  }

  /** Of all who find it refused, the first. */
  #replaces(key: string, held: Held): boolean {
    if (!held.refused || this.#replaced.has(key) || this.#held.get(key) !== held) return false
    this.#forget(key, held)
    this.#replaced.set(key, this.#deps.clock.now().getTime() + REPLACED_MS)
    return true
  }

  async #lives({ lease }: MintedCredential): Promise<boolean> {
    return (await this.#leases.find(lease.id))?.state === 'active'
  }

  #begin(key: string, mint: () => Promise<MintedCredential>): Held {
    const held: Held = { minted: mint(), endsAt: Number.POSITIVE_INFINITY, refused: false }
    this.#held.set(key, held)
    // Whoever waits for it hears of the failure; the next call tries again.
    held.minted.catch(() => this.#forget(key, held))
    return held
  }

  #forget(key: string, held: Held): void {
    if (this.#held.get(key) === held) this.#held.delete(key)
  }

  async #mint(caller: TaskCaller, live: LiveCall, allow: Json, key: string): Promise<MintedCredential> {
    const recheck = async () => allowedBy(againWith(await this.#deps.config.refresh(), live), allow)
    const minted = await mintChecked({ ...this.#deps, recheck }, caller, allowedBy(live, allow), undefined)
    const held = this.#held.get(key)
    if (held) held.endsAt = minted.lease.expiresAt.getTime() - EARLY_MS
    return minted
  }

  #forgetEnded(): void {
    const now = this.#deps.clock.now().getTime()
    for (const [key, { endsAt }] of this.#held) if (endsAt <= now) this.#held.delete(key)
    for (const [key, until] of this.#replaced) if (until <= now) this.#replaced.delete(key)
  }
}

const refusable = (held: Held, minted: MintedCredential): InnerCredential => ({
  ...minted,
  refused: () => {
    held.refused = true
  },
})

/** What is minted for calls: no more than the scope allows, for as long as the grant gives. Each call is decided by itself. */
const allowedBy = (
  { config: { snapshot }, task, grant, agent, scope, above, environment }: LiveCall,
  allow: Json,
): Allowed => ({
  configVersion: snapshot.version,
  task,
  // A vendor's permissions are coarser than its operations: what never leaves may do more than what is granted of it.
  grant: { ...grant, access: ACCESS },
  agent,
  scope: { ...scope, allow: allow as Scope['allow'] },
  anchors: snapshot.anchorsOf(environment.name).map(({ vendor, id }) => ({ vendor, id })),
  policies: grant.policies,
  phase: 'call',
  above,
})
