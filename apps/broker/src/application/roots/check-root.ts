import { BrokerError } from '@credbroker/core/errors'
import type { Inspection } from '@credbroker/providers/provider'
import type { Root } from '../../domain/config.ts'
import { announce } from '../audit/announce.ts'
import type { ApplyDeps } from '../config/apply-config.ts'
import { putRow } from '../config/row-writes.ts'
import type { Caller } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { acceptReach, inspecting, vendorAnchors } from './intake-root.ts'
import { speakFor } from './speak-for.ts'

/**
 * Asks the vendor again what a root reaches and can do, and keeps the answer. One that no longer fits its environment
 * becomes unusable, and what lives under it is ended. @throws BrokerError `not_found`, `vendor_refused`, `vendor_unavailable`
 */
export const checkRoot =
  (deps: ApplyDeps) =>
  async (caller: Caller, name: string): Promise<Root> => {
    const { snapshot } = await configAs(deps.config, caller, 'operator')
    const stored = snapshot.root(name)
    const provider = stored && deps.providers.get(stored.provider)
    if (!stored || !provider) throw new BrokerError('not_found')
    const asking = speakFor(provider, { name, environment: stored.declaredEnvironment })
    const root = await announce(deps, inspecting(caller, stored), async (outcome) => {
      const inspection = await asking.inspect(await deps.vault.open(name))
      const { reach, identity, findings } = inspection
      const checkedAt = deps.clock.now().toISOString()
      const checked: Root = { ...stored, ...standing(inspection), reach, identity, findings, checkedAt }
      const result = checked.state === 'unusable' ? 'failed' : 'ok'
      await deps.store.write({
        expectedVersion: snapshot.version,
        rows: [putRow(deps.macs, 'roots', checked)],
        events: [outcome({ result, facts: { count: findings.length } })],
      })
      return checked
    })
    await deps.config.refresh()
    if (root.state === 'unusable' && stored.state !== 'unusable')
      await deps.end({ root: name }, 'revoked', caller)
    return root

    function standing(inspection: Inspection): Pick<Root, 'state' | 'unclaimed'> {
      const anchors = vendorAnchors(snapshot.anchors(), asking.vendor)
      try {
        return acceptReach({ name, environment: (stored as Root).declaredEnvironment }, inspection, anchors)
      } catch (error) {
        if (!(error instanceof BrokerError) || error.code !== 'reach_refused') throw error
        return { state: 'unusable', unclaimed: [] }
      }
    }
  }
