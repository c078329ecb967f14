import { KNOWN_CONNECTORS } from '@credbroker/connectors/catalogue.gen'
import { type GuardedConnector, guardConnector } from '@credbroker/connectors/guard'
import type { Connectors } from '@credbroker/connectors/known'
import { CONNECTORS } from '@credbroker/connectors/registry.gen'
import { BrokerError } from '@credbroker/core/errors'
import type { Clock } from '../ports/clock.ts'
import type { Egress } from '../ports/egress.ts'
import { authorities } from './egress/authorities.ts'
import { guardedEgress } from './egress/guarded-egress.ts'
import { systemResolve } from './egress/judged-addresses.ts'
import type { Settings } from './settings.ts'
import { webhook } from './webhook.ts'
import { webhookSettings } from './webhook-settings.ts'

interface Options {
  readonly settings: Settings
  readonly clock: Clock
}

/** The way out, every connector of this build upon it, and who is told of approvals: stop it with the broker. */
export function openGateway({ settings, clock }: Options) {
  const egress = guardedEgress({
    allowPrivate: settings.BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS,
    resolve: systemResolve,
    // Authorities to trust besides the public ones.
    ca: authorities(settings.BROKER_UPSTREAM_CA_FILE),
  })
  const told = webhookSettings(settings)
  return {
    egress,
    connectors: loadConnectors(egress),
    notices: told && webhook({ ...told, egress, clock }),
    stop: () => egress.stop(),
  }
}

/** Every connector of this build, behind the guard. A kind, with the schema that it pins, is loaded when it is first used. */
function loadConnectors(egress: Egress): Connectors {
  const loaded = new Map<string, Promise<GuardedConnector>>()
  return {
    known: KNOWN_CONNECTORS,
    async load(kind) {
      const load = CONNECTORS.get(kind)
      if (!load)
        throw new BrokerError('root_unusable', { detail: 'This broker has no connector of that kind' })
      const guarded =
        loaded.get(kind) ??
        load().then((connector) =>
          guardConnector(connector, {
            egress: (upstream, request, signal) => egress.send(upstream, request, signal),
          }),
        )
      loaded.set(kind, guarded)
      // What could not be loaded now may be another time.
      guarded.catch(() => loaded.delete(kind))
      return await guarded
    },
  }
}
