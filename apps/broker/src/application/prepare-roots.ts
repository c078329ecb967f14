import { BrokerError, type Problem } from '@credbroker/core/errors'
import type { Anchor, Root, RootEnvironment } from '../domain/config.ts'
import type { ConfigSnapshot } from '../domain/snapshot.ts'
import type { SecretWrite } from '../ports/config-store.ts'
import type { ConfigOrder, PrepareDeps } from './config-order.ts'
import { acceptReach, intakeRoot, type RootOrder, refuseProtected, vendorAnchors } from './intake-root.ts'

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
  snapshot: ConfigSnapshot,
  { config, secrets }: ConfigOrder,
  anchors: readonly Anchor[],
): Promise<PreparedRoots> {
  const rows: Root[] = []
  const uses: RootEnvironment[] = []
  const writes: SecretWrite[] = []
  const needsSecret: string[] = []
  const renewed = new Set<string>()
  const problems: Problem[] = []
  for (const [name, declared] of Object.entries(config.roots)) {
    const order: RootOrder = {
      name,
      provider: declared.provider,
      environment: declared.environment ?? null,
      owner: declared.owner,
      service: declared.service ?? null,
      onCall: declared.onCall ?? null,
      recovery: declared.recovery,
      source: 'files',
    }
    const found = snapshot.stored('roots', name)
    // What somebody changed by hand is not taken over: its credential has to come again.
    const stored = found?.intact ? found.row : undefined
    const credential = secrets[name]
    if (credential === undefined && (!stored || stored.provider !== order.provider)) {
      needsSecret.push(name)
      continue
    }
    try {
      if (credential !== undefined) {
        refuseProtected(deps, order, config.environments[declared.environment ?? '']?.tier)
        const intake = await intakeRoot(deps, order, credential, anchors, found?.row.version)
        rows.push(intake.root)
        uses.push(...intake.uses)
        writes.push(intake.secret)
        renewed.add(name)
      } else if (stored) {
        rows.push(replace(deps, stored, order, anchors))
        if (order.environment !== null) uses.push({ root: name, environment: order.environment })
      }
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== 'reach_refused') throw error
      problems.push(...(error.details.problems ?? []))
    }
  }
  if (problems.length > 0) throw new BrokerError('reach_refused', { problems })
  return { rows, uses, secrets: writes, needsSecret, renewed }
}

/** A known root among anchors and declarations as they will be; its reach is what the vendor last said. */
function replace(
  { providers }: PrepareDeps,
  stored: Root,
  order: RootOrder,
  anchors: readonly Anchor[],
): Root {
  const vendor = providers.get(order.provider)?.vendor ?? ''
  const { environment, ...declared } = order
  const moved = { ...stored, ...declared, declaredEnvironment: environment, disabled: false }
  // A check that found it unusable stands until the next one finds otherwise.
  if (stored.state === 'unusable') return moved
  return { ...moved, ...acceptReach(order, { ...stored, complete: true }, vendorAnchors(anchors, vendor)) }
}
