import type { KnownConnector } from '@credbroker/connectors/known'
import type { KindView } from '@credbroker/core/wire/kinds'
import type { GuardedProvider } from '@credbroker/providers/guard'
import { hasOwnRoots, rootKindsOf } from '../../domain/delivery.ts'
import { type Caller, requireRole } from '../identity/caller.ts'
import type { KindDeps } from '../roots/root-kind.ts'

/** Every kind that this broker has, by name. @throws BrokerError `forbidden` */
export const listKinds =
  ({ providers, connectors }: KindDeps) =>
  (caller: Caller): KindView[] => {
    requireRole(caller, 'viewer')
    const kinds = [
      ...[...providers.values()].map(ofProvider),
      ...[...connectors.known.values()].map(ofConnector),
    ]
    return kinds.sort((one, other) => (one.name < other.name ? -1 : 1))
  }

const ofProvider = ({
  kind,
  title,
  vendor,
  form,
  anchor,
  limits,
  ...provider
}: GuardedProvider): KindView => ({
  name: kind,
  is: 'provider',
  title,
  vendor,
  anchor: anchor.syntax,
  form,
  root: provider.schemas.root,
  federated: provider.speakFor !== undefined,
  works_with: [kind],
  scope: provider.schemas.spec,
  limits: {
    min_ttl_seconds: limits.minTtlSeconds,
    max_ttl_seconds: limits.maxTtlSeconds,
    findable: limits.findable,
    ends_by_itself: limits.endsByItself !== false,
  },
})

const ofConnector = (known: KnownConnector): KindView => ({
  name: known.kind,
  is: 'connector',
  title: known.title,
  vendor: known.vendor,
  anchor: known.anchorSyntax,
  ...(hasOwnRoots(known) && { root: known.schemas.root }),
  federated: false,
  works_with: [...rootKindsOf(known.kind, known)],
  scope: known.schemas.spec,
})
