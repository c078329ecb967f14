import type { Connectors } from '@credbroker/connectors/known'
import type { Secret } from '@credbroker/core/secret'
import type { GuardedProvider } from '@credbroker/providers/guard'
import type { Inspection } from '@credbroker/providers/provider'
import { hasGateway } from '../../domain/delivery.ts'
import { speakFor } from './speak-for.ts'

export interface KindDeps {
  readonly providers: ReadonlyMap<string, GuardedProvider>
  readonly connectors: Connectors
}

/** What takes in a root and looks at it again: a provider, or a connector that has roots of its own. */
export interface RootKind {
  readonly vendor: string
  /** Whether it may span environments: then each call through the gateway is resolved. */
  readonly gateway: boolean
  /** @throws BrokerError `invalid_request` */
  checkRoot(root: Secret): void
  /** How the vendor is asked in the name of this root. @throws BrokerError `root_unusable` */
  inspector(root: {
    readonly name: string
    readonly environment: string | null
  }): (root: Secret) => Promise<Inspection>
}

/** Undefined where this broker has neither. */
export async function rootKind(
  { providers, connectors }: KindDeps,
  kind: string,
): Promise<RootKind | undefined> {
  const provider = providers.get(kind)
  const gateway = hasGateway(kind, connectors.known)
  if (provider)
    return {
      vendor: provider.vendor,
      gateway,
      checkRoot: (root) => provider.checkRoot(root),
      inspector: (root) => {
        const asking = speakFor(provider, root)
        return (secret) => asking.inspect(secret)
      },
    }
  if (!gateway) return undefined
  const connector = await connectors.load(kind)
  return {
    vendor: connector.is.vendor,
    gateway,
    checkRoot: (root) => connector.checkRoot(root),
    inspector: () => (secret) => connector.inspect(secret),
  }
}

/** The same of what is known without loading anything. */
export const placementOf = ({ providers, connectors }: KindDeps, kind: string) => ({
  vendor: providers.get(kind)?.vendor ?? connectors.known.get(kind)?.vendor ?? '',
  gateway: hasGateway(kind, connectors.known),
})
