import type { KindView } from '@credbroker/core/wire/kinds'

/** Which kind reads what a scope allows: its connector, or that of its root; where that is none, what mints from its root. */
export const kindOfScope = (
  kinds: readonly KindView[],
  scope: { readonly connector: string; readonly provider: string | undefined },
): KindView | undefined => kinds.find(({ name }) => name === (scope.connector || scope.provider))
