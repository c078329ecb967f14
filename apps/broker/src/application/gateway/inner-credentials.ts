import type { Inner } from '@credbroker/connectors/connector'
import { ACCESS } from '@credbroker/core/access'
import { canonicalHash, type Json } from '@credbroker/core/canonical-json'
import type { Credential } from '@credbroker/core/credential'
import type { Scope } from '../../domain/config.ts'
import type { TaskCaller } from '../identity/caller.ts'
import type { Allowed } from '../leases/check-use.ts'
import { type MintDeps, mintChecked } from '../leases/mint-credential.ts'
import { againWith, type LiveCall } from './live-call.ts'

interface Held {
  readonly credential: Promise<Credential>
  endsAt: number
}

const EARLY_MS = 60_000

/**
 * Credentials that are minted for a grant and never leave the broker: leases like any other, so that they are recorded, and
 * revoked with the grant. Kept in memory while they live, one for each grant and spec at each replica.
 */
export class InnerCredentials {
  readonly #held = new Map<string, Held>()
  readonly #deps: MintDeps

  constructor(deps: MintDeps) {
    this.#deps = deps
  }

  /** @throws BrokerError as minting does */
  async of(
    caller: TaskCaller,
    live: LiveCall,
    inner: Inner<unknown, unknown>,
    spec: unknown,
  ): Promise<Credential> {
    const allow = inner.allow(spec)
    const key = `${live.grant.id} ${live.root.version} ${canonicalHash(allow)}`
    this.#forgetEnded()
    const known = this.#held.get(key)
    if (known) return await known.credential
    const held: Held = {
      credential: this.#minted(caller, live, allow, key),
      endsAt: Number.POSITIVE_INFINITY,
    }
    this.#held.set(key, held)
    // Whoever waits for it hears of the failure; the next call tries again.
    held.credential.catch(() => this.#held.delete(key))
    return await held.credential
  }

  async #minted(caller: TaskCaller, live: LiveCall, allow: Json, key: string): Promise<Credential> {
    const recheck = async () => allowedBy(againWith(await this.#deps.config.refresh(), live), allow)
    const { lease, credential } = await mintChecked(
      { ...this.#deps, recheck },
      caller,
      allowedBy(live, allow),
      undefined,
    )
    const held = this.#held.get(key)
    if (held) held.endsAt = lease.expiresAt.getTime() - EARLY_MS
    return credential
  }

  #forgetEnded(): void {
    const now = this.#deps.clock.now().getTime()
    for (const [key, { endsAt }] of this.#held) if (endsAt <= now) this.#held.delete(key)
  }
}

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
