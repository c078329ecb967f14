import { BrokerError } from '@credbroker/core/errors'
import type { Inspection } from '@credbroker/providers/provider'
import type { Root } from '../../domain/config.ts'
import { announce } from '../audit/announce.ts'
import type { ApplyDeps } from '../config/apply-config.ts'
import { putRow } from '../config/row-writes.ts'
import type { Caller } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { acceptReach } from './accept-reach.ts'
import { inspecting } from './intake-root.ts'
import { type RootKind, rootKind } from './root-kind.ts'

/**
 * Asks the vendor again what a root reaches and can do, and keeps the answer. One that no longer fits its environment
 * becomes unusable, and what lives under it is ended. @throws BrokerError `not_found`, `vendor_refused`, `vendor_unavailable`
 */
export const checkRoot =
  (deps: ApplyDeps) =>
  async (caller: Caller, name: string): Promise<Root> => {
    const { snapshot } = await configAs(deps.config, caller, 'operator')
    const stored = snapshot.root(name)
    const kind = stored && (await rootKind(deps, stored.provider))
    if (!stored || !kind) throw new BrokerError('not_found')
    const inspect = kind.inspector({ name, environment: stored.declaredEnvironment })
    const root = await announce(deps, inspecting(caller, stored), async (outcome) => {
      const inspection = await inspect(await deps.vault.open(name))
      const { reach, identity, findings } = inspection
      const checkedAt = deps.clock.now().toISOString()
      const placed = standing(stored, inspection, kind)
      const checked: Root = { ...stored, reach, identity, findings, ...placed.root, checkedAt }
      const result = checked.state === 'unusable' ? 'failed' : 'ok'
      const uses = placed.environments.filter(
        (environment) => !snapshot.find('root_environments', `${name}@${environment}`),
      )
      await deps.store.write({
        expectedVersion: snapshot.version,
        rows: [
          putRow(deps.macs, 'roots', checked),
          ...uses.map((environment) => putRow(deps.macs, 'root_environments', { root: name, environment })),
        ],
        events: [outcome({ result, facts: { count: checked.findings.length } })],
      })
      return checked
    })
    await deps.config.refresh()
    if (root.state === 'unusable' && stored.state !== 'unusable')
      await deps.end({ root: name }, 'revoked', caller)
    return root

    function standing({ declaredEnvironment }: Root, inspection: Inspection, { vendor, gateway }: RootKind) {
      const order = { name, environment: declaredEnvironment }
      try {
        return acceptReach(order, inspection, { vendor, gateway }, snapshot.anchors())
      } catch (error) {
        if (!(error instanceof BrokerError) || error.code !== 'reach_refused') throw error
        return { root: { state: 'unusable' as const, unclaimed: [] }, environments: [] }
      }
    }
  }
