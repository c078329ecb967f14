import type { Tier } from '@credbroker/core/access'
import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import type { GuardedProvider } from '@credbroker/providers/guard'
import type { Inspection } from '@credbroker/providers/provider'
import type { Anchor, Recovery, Root, RootEnvironment } from '../../domain/config.ts'
import { placeReach } from '../../domain/reach.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SecretWrite } from '../../ports/config-store.ts'
import type { Fingerprints, Sealer } from '../../ports/keyring.ts'
import { type AnnounceDeps, announce } from '../audit/announce.ts'
import { rootBinding } from '../bindings.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import { speakFor } from './speak-for.ts'

export interface IntakeDeps extends AnnounceDeps {
  readonly providers: ReadonlyMap<string, GuardedProvider>
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
  anchors: readonly Anchor[],
  previousVersion = 0,
): Promise<Intake> {
  const { providers, sealer, fingerprints, clock } = deps
  const provider = providers.get(order.provider)
  if (!provider) {
    throw new BrokerError('invalid_request', {
      problems: [{ at: 'provider', message: 'this broker has no such provider' }],
    })
  }
  const secret = new Secret(JSON.stringify(credential))
  provider.checkRoot(secret)
  const asking = speakFor(provider, order)
  const inspection = await announce(deps, inspecting(caller, order), () => asking.inspect(secret))
  const placed = acceptReach(order, inspection, vendorAnchors(anchors, provider.vendor))
  const now = clock.now().toISOString()
  const version = previousVersion + 1
  const { source, environment, ...declared } = order
  const root: Root = {
    ...declared,
    declaredEnvironment: environment,
    source,
    disabled: false,
    ...placed,
    identity: inspection.identity,
    reach: inspection.reach,
    findings: inspection.findings,
    version,
    fingerprint: fingerprints.root(secret),
    addedAt: now,
    checkedAt: now,
  }
  return {
    root,
    uses: environment === null ? [] : [{ root: order.name, environment }],
    secret: {
      root: order.name,
      version,
      sealed: sealer.seal(secret, rootBinding(order, version)),
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

/** Where the root stands, or every reason why it may not be taken in. */
export function acceptReach(
  order: Pick<RootOrder, 'name' | 'environment'>,
  inspection: Pick<Inspection, 'reach' | 'complete' | 'findings'>,
  anchors: readonly Anchor[],
): Pick<Root, 'state' | 'unclaimed'> {
  const { state, environments, touched, unclaimed } = placeReach(
    inspection.reach,
    inspection.complete,
    anchors,
  )
  const at = `roots.${order.name}`
  const problems: Problem[] = inspection.findings
    .filter(({ level }) => level === 'unsafe')
    .map(({ message }) => ({ at, message }))
  if (!inspection.complete || inspection.reach.length === 0) {
    problems.push({
      at,
      message: 'what this credential reaches cannot be read from the vendor, so it cannot be trusted',
    })
  }
  for (const one of unclaimed) {
    problems.push({
      at,
      message: `it reaches ${one}, which no environment claims: declare that anchor, or take the reach away`,
    })
  }
  if (order.environment !== null && unclaimed.length === 0 && !environments.includes(order.environment)) {
    const elsewhere = touched.filter((name) => name !== order.environment)
    problems.push({
      at: `${at}.environment`,
      message:
        state === 'spanning'
          ? `it reaches ${touched.join(' and ')}; declare it without an environment to use it through the gateway only`
          : `it belongs to ${elsewhere.join(' and ')}, not to ${order.environment}`,
    })
  }
  if (problems.length > 0) {
    // Often the reason for all of the above: a superuser reaches whatever there is.
    const broad = inspection.findings.filter(({ level }) => level === 'over-broad')
    problems.push(...broad.map(({ message }) => ({ at, message })))
    throw new BrokerError('reach_refused', { problems })
  }
  return { state: order.environment === null ? 'spanning' : state, unclaimed }
}

export const vendorAnchors = (anchors: readonly Anchor[], vendor: string): Anchor[] =>
  anchors.filter((anchor) => anchor.vendor === vendor)
