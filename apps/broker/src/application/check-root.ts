import { BrokerError } from '@credbroker/core/errors'
import type { Root } from '../domain/config.ts'
import type { ApplyDeps } from './apply-config.ts'
import { actorOf, type Caller, requireRole } from './caller.ts'
import { acceptReach, vendorAnchors } from './intake-root.ts'
import { putRow } from './row-writes.ts'

/**
 * Asks the vendor again what a root reaches and can do, and keeps the answer. One that no longer fits its environment
 * becomes unusable, and what lives under it is ended. @throws BrokerError `not_found`, `vendor_refused`, `vendor_unavailable`
 */
export const checkRoot =
  (deps: ApplyDeps) =>
  async (caller: Caller, name: string): Promise<Root> => {
    requireRole(caller, 'operator')
    const { snapshot } = await deps.config.refresh()
    const stored = snapshot.root(name)
    const provider = stored && deps.providers.get(stored.provider)
    if (!stored || !provider) throw new BrokerError('not_found')
    const anchors = vendorAnchors(snapshot.anchors(), provider.vendor)
    const inspection = await provider.inspect(await deps.vault.open(name))
    const { reach, identity, findings } = inspection
    const root: Root = {
      ...stored,
      ...standing(),
      reach,
      identity,
      findings,
      checkedAt: deps.clock.now().toISOString(),
    }
    await deps.store.write({
      expectedVersion: snapshot.version,
      rows: [putRow(deps.macs, 'roots', root)],
      events: [
        deps.record({
          type: 'root.checked',
          phase: 'event',
          result: root.state === 'unusable' ? 'failed' : 'ok',
          actor: actorOf(caller),
          request: caller.requestId,
          facts: { root: name, provider: root.provider, count: findings.length },
        }),
      ],
    })
    await deps.config.refresh()
    if (root.state === 'unusable' && stored.state !== 'unusable')
      await deps.end({ root: name }, 'revoked', caller)
    return root

    function standing(): Pick<Root, 'state' | 'unclaimed'> {
      try {
        return acceptReach({ name, environment: (stored as Root).declaredEnvironment }, inspection, anchors)
      } catch (error) {
        if (!(error instanceof BrokerError) || error.code !== 'reach_refused') throw error
        return { state: 'unusable', unclaimed: [] }
      }
    }
  }
