import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { Root } from '../../domain/config.ts'
import { type ApplyDeps, changeEvents } from '../config/apply-config.ts'
import { putRow } from '../config/row-writes.ts'
import { liveUser } from '../identity/authenticate.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { stepUp } from '../people/step-up.ts'
import { intakeRoot, type RootOrder, refuseProtected } from './intake-root.ts'

/**
 * Takes in one root credential. @throws ApprovalPending in a protected environment (I4c)
 * @throws BrokerError `conflict` where the name is taken, `reach_refused`,
 * `invalid_request`, `vendor_refused`, `vendor_unavailable`
 */
export const addRoot =
  (deps: ApplyDeps) =>
  async (caller: Caller, order: RootOrder, credential: Json, given?: string): Promise<Root> => {
    const config = await configAs(deps.config, caller, 'operator')
    stepUp(caller)
    const { snapshot } = config
    if (snapshot.stored('roots', order.name))
      throw new BrokerError('conflict', { detail: 'There is a root of this name' })
    const environment = order.environment === null ? undefined : snapshot.environment(order.environment)
    if (order.environment !== null && !environment) {
      throw new BrokerError('invalid_request', {
        problems: [{ at: 'environment', message: 'there is no such environment' }],
      })
    }
    refuseProtected(deps, order, environment?.tier)
    liveUser(config, order.owner)
    const { root, uses, secret } = await intakeRoot(deps, caller, order, credential, {
      anchors: snapshot.anchors(),
      tierOf: (name) => snapshot.environment(name)?.tier,
    })
    const changes = [{ table: 'roots' as const, before: undefined, after: root }]
    const placed = uses.map((after) => ({ table: 'root_environments' as const, before: undefined, after }))
    const approval = await deps.approve(caller, snapshot, [...changes, ...placed], given)
    await deps.store.write({
      expectedVersion: snapshot.version,
      approval,
      rows: [
        putRow(deps.macs, 'roots', root),
        ...uses.map((use) => putRow(deps.macs, 'root_environments', use)),
      ],
      secrets: [secret],
      events: [
        ...changeEvents(deps.record, caller, changes),
        ...(approval ? [approval.event] : []),
        deps.record({
          type: 'root.added',
          phase: 'event',
          result: 'ok',
          actor: actorOf(caller),
          request: caller.requestId,
          facts: {
            root: root.name,
            provider: root.provider,
            rootVersion: root.version,
            rootFingerprint: root.fingerprint,
          },
        }),
      ],
    })
    await deps.config.refresh()
    return root
  }
