import type { GuardedConnector } from '@credbroker/connectors/guard'
import type { Json } from '@credbroker/core/canonical-json'
import type { ConfigDocument } from '@credbroker/core/config/document'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import type { ConnectorRules, ProviderRules } from '../../domain/config-rules.ts'
import { federatedText } from '../roots/federated-roots.ts'
import type { KindDeps } from '../roots/root-kind.ts'

/** What providers say about a document without asking their vendors. */
export const providerRules = ({ providers }: KindDeps): Map<string, ProviderRules> =>
  new Map(
    [...providers].map(([kind, provider]) => [
      kind,
      {
        vendor: provider.vendor,
        anchorSyntax: provider.anchor.syntax,
        acceptsAnchor: provider.anchor.accepts,
        specProblems: (allow) => problemsIn('spec', () => provider.checkSpec(allow as Json)),
        ...(provider.speakFor && {
          federatedProblems: (federated: unknown) =>
            problemsIn('root', () => provider.checkRoot(federatedText(federated as Json))),
        }),
      },
    ]),
  )

/** The same of connectors. Only those that the document uses are loaded for it. */
export async function connectorRules(
  { connectors }: KindDeps,
  document: ConfigDocument,
): Promise<Map<string, ConnectorRules>> {
  const roots = Object.values(document.roots).map(({ provider }) => provider)
  const scopes = Object.values(document.scopes).map(({ connector }) => connector)
  const named = new Set<string | undefined>([...roots, ...scopes])
  const vendors = new Set(
    Object.values(document.environments).flatMap(({ anchors }) => anchors.map(({ vendor }) => vendor)),
  )
  const rules = [...connectors.known.values()].map(async (known) => {
    const { kind, vendor } = known
    const used = named.has(kind) || vendors.has(vendor) ? await connectors.load(kind) : undefined
    return [kind, { ...known, ...(used && loadedRules(used)) }] as const
  })
  return new Map(await Promise.all(rules))
}

const loadedRules = (
  connector: GuardedConnector,
): Pick<ConnectorRules, 'acceptsAnchor' | 'specProblems'> => ({
  acceptsAnchor: connector.is.anchor.accepts,
  specProblems: (allow) => problemsIn('spec', () => connector.checkSpec(allow as Json)),
})

/** What a check of a kind objects to, at paths inside what was checked. */
function problemsIn(what: string, check: () => void): Problem[] {
  try {
    check()
    return []
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    return (error.details.problems ?? [{ at: '', message: error.message }]).map(({ at, message }) => ({
      at: at.replace(new RegExp(`^${what}\\.?`), ''),
      message,
    }))
  }
}
