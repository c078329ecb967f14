import { KNOWN_CONNECTORS } from '@credbroker/connectors/catalogue.gen'
import { type GuardedConnector, guardConnector } from '@credbroker/connectors/guard'
import type { Connectors } from '@credbroker/connectors/known'
import { CONNECTORS } from '@credbroker/connectors/registry.gen'
import { BrokerError } from '@credbroker/core/errors'
import type { Egress } from '../ports/egress.ts'
import { authorities } from './egress/authorities.ts'
import { guardedEgress } from './egress/guarded-egress.ts'
import { systemResolve } from './egress/judged-addresses.ts'

interface Options {
  readonly allowPrivateUpstreams: boolean
  /** Authorities to trust besides the public ones. */
  readonly caFile: string | undefined
}

/** The way out to vendors, and every connector of this build upon it: stop it with the broker. */
export function openGateway({ allowPrivateUpstreams, caFile }: Options) {
  const egress = guardedEgress({
    allowPrivate: allowPrivateUpstreams,
    resolve: systemResolve,
    ca: authorities(caFile),
  })
  return { egress, connectors: loadConnectors(egress), stop: () => egress.stop() }
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
