import type { Tier } from '@credbroker/core/access'
import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import type { Anchor, Recovery, Root, RootEnvironment } from '../../domain/config.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SecretWrite } from '../../ports/config-store.ts'
import type { Fingerprints, Sealer } from '../../ports/keyring.ts'
import { type AnnounceDeps, announce } from '../audit/announce.ts'
import { rootBinding } from '../bindings.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import { acceptReach } from './accept-reach.ts'
import { type KindDeps, rootKind } from './root-kind.ts'

export interface IntakeDeps extends AnnounceDeps, KindDeps {
  readonly sealer: Sealer
  readonly fingerprints: Fingerprints
  readonly clock: Clock
  /** Agents may run as the broker's own operating-system user, as with `broker dev`. */
  readonly sharesUser: boolean
}

/** What an operator says about a root, besides the credential itself. */
export interface RootOrder {
  readonly name: string
  readonly provider: string
  readonly environment: string | null
  readonly owner: string
  readonly service: string | null
  readonly onCall: string | null
  readonly recovery: Recovery
  readonly source: 'files' | 'api'
}

/**
 * Where an agent could read what the broker can, nothing protected is taken in (I1).
 * @throws BrokerError `reach_refused`
 */
export function refuseProtected(
  { sharesUser }: IntakeDeps,
  { name, environment }: RootOrder,
  tier: Tier | undefined,
): void {
  if (!sharesUser || tier !== 'protected') return
  const message = `${environment} is protected, and an agent may run as the user that \`broker dev\` runs as: use \`broker serve\` under a user of its own, or set BROKER_UNSAFE_SAME_USER=1 to try it out`
  throw new BrokerError('reach_refused', { problems: [{ at: `roots.${name}.environment`, message }] })
}

/** What a root is placed among. */
export interface Ground {
  readonly anchors: readonly Anchor[]
  readonly tierOf: (environment: string) => Tier | undefined
}

export interface Intake {
  readonly root: Root
  readonly uses: readonly RootEnvironment[]
  readonly secret: SecretWrite
}

/**
 * Reads from the vendor what a credential reaches and can do, and accepts it only where that agrees with what the
 * operator said (I2). The credential is sealed here and never leaves again (I1).
 * @throws BrokerError `invalid_request`, `reach_refused` with every reason, `vendor_refused`, `vendor_unavailable`
 */
export async function intakeRoot(
  deps: IntakeDeps,
  caller: Caller,
  order: RootOrder,
  credential: Json,
  ground: Ground,
  previousVersion = 0,
): Promise<Intake> {
  const { sealer, fingerprints, clock } = deps
  const kind = await rootKind(deps, order.provider)
  if (!kind) {
    throw new BrokerError('invalid_request', {
      problems: [{ at: 'provider', message: 'this broker has no such provider' }],
    })
  }
  const secret = new Secret(JSON.stringify(credential))
  kind.checkRoot(secret)
  const inspect = kind.inspector(order)
  const inspection = await announce(deps, inspecting(caller, order), () => inspect(secret))
  const placed = acceptReach(order, inspection, kind, ground.anchors)
  for (const one of placed.environments)
    refuseProtected(deps, { ...order, environment: one }, ground.tierOf(one))
  const now = clock.now().toISOString()
  const version = previousVersion + 1
  const { source, environment, ...declared } = order
  const root: Root = {
    ...declared,
    declaredEnvironment: environment,
    source,
    disabled: false,
    ...placed.root,
    identity: inspection.identity,
    reach: inspection.reach,
    version,
    fingerprint: fingerprints.root(secret),
    addedAt: now,
    checkedAt: now,
  }
  return {
    root,
    uses: placed.environments.map((one) => ({ root: order.name, environment: one })),
    secret: {
      root: order.name,
      version,
      sealed: sealer.seal(secret, rootBinding(order, version)),
      handedIn: true,
    },
  }
}

/** What is said of asking a vendor about a root, before and after (I6). */
export const inspecting = (caller: Caller, { name, provider }: Pick<RootOrder, 'name' | 'provider'>) => ({
  type: 'root.checked' as const,
  actor: actorOf(caller),
  request: caller.requestId,
  facts: { root: name, provider, operation: 'inspect' },
})
