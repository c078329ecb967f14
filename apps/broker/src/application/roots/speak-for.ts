import { BrokerError } from '@credbroker/core/errors'
import type { GuardedProvider } from '@credbroker/providers/guard'

/**
 * The provider as it asks for one root. Where its vendor trusts our issuer, what it shows is signed by the key of the
 * root's environment; everywhere else nothing changes. @throws BrokerError `root_unusable`
 */
export function speakFor(
  provider: GuardedProvider,
  root: { readonly name: string; readonly environment: string | null },
): GuardedProvider {
  if (!provider.speakFor) return provider
  if (root.environment === null) {
    throw new BrokerError('root_unusable', {
      detail:
        'A federated root belongs to one environment: each has an issuer of its own, and there is none for several',
    })
  }
  return provider.speakFor({ root: root.name, environment: root.environment })
}
