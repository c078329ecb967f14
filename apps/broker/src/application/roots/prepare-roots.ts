import { Secret } from '@credbroker/core/secret'
import type { Anchor, Root, RootEnvironment } from '../../domain/config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { SecretWrite } from '../../ports/config-store.ts'
import type { PrepareDeps } from '../config/config-order.ts'
import type { WholeOrder } from '../config/whole-order.ts'
import type { Caller } from '../identity/caller.ts'
import { acceptReach } from './accept-reach.ts'
import { askVendors } from './ask-vendors.ts'
import { canEnd } from './can-end.ts'
import { type Intake, intakeRoot, type RootOrder, refuseProtected } from './intake-root.ts'
import { placementOf } from './root-kind.ts'

export interface PreparedRoots {
  readonly rows: readonly Root[]
  readonly uses: readonly RootEnvironment[]
  readonly secrets: readonly SecretWrite[]
  readonly needsSecret: readonly string[]
  /** Roots whose reach or credential is new, so that scopes of theirs are assessed again. */
  readonly renewed: ReadonlySet<string>
}

/** Takes in new roots, and places the known ones among the anchors as they will be. */
export async function prepareRoots(
  deps: PrepareDeps,
  caller: Caller,
  snapshot: ConfigSnapshot,
  { config, secrets, standing }: Omit<WholeOrder, 'policies'>,
  anchors: readonly Anchor[],
): Promise<PreparedRoots> {
  const needsSecret: string[] = []
  const renewed = new Set<string>()
  const work: (() => Promise<Taken>)[] = []
  for (const [name, declared] of Object.entries(config.roots)) {
    const order: RootOrder = {
      name,
      provider: declared.provider,
      environment: declared.environment ?? null,
      owner: declared.owner,
      service: declared.service ?? null,
      onCall: declared.onCall ?? null,
      recovery: declared.recovery,
      source: standing('roots', name).source,
    }
    const found = snapshot.stored('roots', name)
    // What somebody changed by hand is not taken over: its credential has to come again.
    const stored = found?.intact ? found.row : undefined
    const credential = secrets[name]
    if (credential !== undefined) {
      renewed.add(name)
      work.push(async () => {
        refuseProtected(deps, order, config.environments[declared.environment ?? '']?.tier)
        const last = Math.max(found?.row.version ?? 0, await deps.vault.lastVersion(name))
        const tierOf = (of: string) => config.environments[of]?.tier
        const taken = await intakeRoot(deps, caller, order, credential, { anchors, tierOf }, last)
        const next = new Secret(JSON.stringify(credential))
        const ends = stored?.provider === order.provider && (await canEnd(deps, stored, next))
        return ends ? { ...taken, secret: { ...taken.secret, former: 'alive' } } : taken
      })
    } else if (stored?.provider === order.provider) {
      work.push(async () => replace(deps, stored, order, anchors))
    } else needsSecret.push(name)
  }
  const taken = await askVendors(work)
  return {
    rows: taken.map(({ root }) => root),
    uses: taken.flatMap(({ uses }) => uses),
    secrets: taken.flatMap(({ secret }) => secret ?? []),
    needsSecret,
    renewed,
  }
}

type Taken = Pick<Intake, 'root' | 'uses'> & Partial<Pick<Intake, 'secret'>>

/** A known root among anchors and declarations as they will be; its reach is what the vendor last said. */
function replace(deps: PrepareDeps, stored: Root, order: RootOrder, anchors: readonly Anchor[]): Taken {
  const { environment, ...declared } = order
  const moved = { ...stored, ...declared, declaredEnvironment: environment, disabled: false }
  // A check that found it unusable stands until the next one finds otherwise.
  if (stored.state === 'unusable')
    return { root: moved, uses: usesOf(order, environment === null ? [] : [environment]) }
  const kind = placementOf(deps, order.provider)
  const placed = acceptReach(order, { ...stored, complete: true }, kind, anchors)
  return { root: { ...moved, ...placed.root }, uses: usesOf(order, placed.environments) }
}

const usesOf = ({ name }: RootOrder, environments: readonly string[]): RootEnvironment[] =>
  environments.map((environment) => ({ root: name, environment }))
