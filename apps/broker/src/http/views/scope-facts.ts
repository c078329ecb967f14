import { KNOWN_CONNECTORS } from '@credbroker/connectors/catalogue.gen'
import type { GrantView } from '@credbroker/core/wire/tasks'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

/** How a client uses a scope: with a credential of this form, or through the gateway. */
export interface ScopeFacts {
  readonly form?: string | null
  readonly gateway?: NonNullable<GrantView['gateway']>
}

export type FactsOf = (scope: string) => ScopeFacts

/** As the configuration has them; of a scope that is gone, nothing. */
export const factsOfScopes =
  (snapshot: Pick<ConfigSnapshot, 'stored'>): FactsOf =>
  (name) => {
    const scope = snapshot.stored('scopes', name)?.row
    if (!scope) return {}
    const { form, connector, root } = scope
    if (!connector) return { form }
    const { hosts = [], placeholders } = KNOWN_CONNECTORS.get(connector) ?? {}
    const reach = snapshot.stored('roots', root)?.row.reach ?? []
    return {
      gateway: {
        connector,
        hosts: hosts.length > 0 ? [...hosts] : [...new Set(reach.flatMap(hostOf))],
        ...(placeholders && { placeholders: [...placeholders] }),
      },
    }
  }

/** Of vendors that we know nothing of, roots reach hosts and what the operator says lies there. */
const hostOf = (anchor: string): string[] =>
  /^([a-z0-9.-]+\.[a-z0-9-]+|localhost)(:\d{1,5})?(?=\/|$)/.exec(anchor)?.slice(0, 1) ?? []
