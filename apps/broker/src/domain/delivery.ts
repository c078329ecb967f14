import type { Scope } from './config.ts'

/** Whether the broker makes the calls of a scope itself, so that nothing is minted from it. */
export const isGateway = ({ connector }: Pick<Scope, 'connector'>): boolean =>
  connector !== undefined && connector !== null

/** What of a broker's connectors decides how a scope is delivered. */
export interface ConnectorFit {
  /** The kind of provider that mints what it sends; absent where it has roots of its own. */
  readonly inner?: string | undefined
  /** It has roots of its own as well. */
  readonly ownRootsToo?: true | undefined
}

/** Which connector reads the calls of a scope: what it says, or the kind of its root where that is one. Null: minted. */
export const connectorOf = (
  declared: string | undefined,
  provider: string,
  connectors: { has(kind: string): boolean },
): string | null => declared ?? (connectors.has(provider) ? provider : null)

/** Whether it has roots of its own, of its own kind. */
export const hasOwnRoots = ({ inner, ownRootsToo }: ConnectorFit): boolean =>
  inner === undefined || ownRootsToo === true

/** The kinds of roots that this connector works with. */
export const rootKindsOf = (kind: string, fit: ConnectorFit): readonly string[] => [
  ...(hasOwnRoots(fit) ? [kind] : []),
  ...(fit.inner === undefined ? [] : [fit.inner]),
]

/** Whether roots of this kind can be used through the gateway at all. */
export const hasGateway = (provider: string, connectors: ReadonlyMap<string, ConnectorFit>): boolean =>
  [...connectors].some(([kind, fit]) => rootKindsOf(kind, fit).includes(provider))
