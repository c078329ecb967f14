import type { Access } from '@credbroker/core/access'
import type { Catalogue, CatalogueEntry, Entry } from './entry.ts'
import { MUTATIONS } from './mutations.ts'
import { QUERIES } from './queries.ts'

export const CATALOGUE: Catalogue = { ...MUTATIONS, ...QUERIES }

export const entryOf = (name: string): CatalogueEntry | undefined =>
  Object.hasOwn(CATALOGUE, name) ? CATALOGUE[name] : undefined

/** The entry of an operation that can be called at all. */
export function openEntryOf(name: string): Entry | undefined {
  const entry = entryOf(name)
  return entry && !('closed' in entry) ? entry : undefined
}

/** What an entry does, whatever its arguments are. */
export const levelsOf = ({ access }: CatalogueEntry): readonly Access[] =>
  typeof access === 'string' ? [access] : access

/** Fields of the answer that hold secrets, whichever operation gives them. */
export const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'DeploymentSnapshot.variables',
  'EnvironmentPatch.patch',
  'Environment.config',
])
