import type { Stores } from '../../ports/stores.ts'

/** When each of these scopes was last used, by its name; as it goes over the wire. */
export async function lastUsed(
  { lastUses }: Pick<Stores, 'lastUses'>,
  scopes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const uses = scopes.length > 0 ? await lastUses.ofScopes(scopes) : []
  return new Map(uses.map(({ scope, at }) => [scope, at.toISOString()]))
}
