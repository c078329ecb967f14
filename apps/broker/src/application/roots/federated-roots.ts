import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import { Secret } from '@credbroker/core/secret'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { ConfigOrder, PrepareDeps } from '../config/config-order.ts'

/** What a federated root says, as it is stored: sealed like any root, though nothing in it is secret. */
export const federatedText = (federated: Json): Secret => new Secret(canonicalJson(federated))

/**
 * What federated roots say stands in the files themselves. Those that are new or say something else are taken in as a
 * credential would be; so are those that moved, since another environment's issuer speaks for them then.
 */
export function withFederated<Order extends ConfigOrder>(
  { fingerprints }: PrepareDeps,
  snapshot: ConfigSnapshot,
  order: Order,
): Order {
  const documents = Object.entries(order.config.roots).flatMap(
    ([name, { federated, provider, environment }]) => {
      if (!federated) return []
      const text = federatedText(federated as Json)
      const found = snapshot.stored('roots', name)
      const same =
        found?.intact === true &&
        found.row.provider === provider &&
        found.row.declaredEnvironment === environment &&
        found.row.fingerprint === fingerprints.root(text)
      return same ? [] : [[name, JSON.parse(text.expose()) as Json] as const]
    },
  )
  // What the files say counts, whatever else was sent for such a root.
  const sent = Object.entries(order.secrets).filter(([name]) => !order.config.roots[name]?.federated)
  return { ...order, secrets: Object.fromEntries([...sent, ...documents]) }
}
