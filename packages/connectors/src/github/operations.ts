import { type Access, SIDES } from '@credbroker/core/access'
import type { CataloguedOperation, Effect } from '../connector.ts'
import { ENTRIES, entryOf } from './catalogue.ts'
import { GRAPHQL_ENTRIES, graphqlEntryOf } from './graphql/table.ts'
import type { Entry } from './table.ts'

const ALL: Effect = { access: ['admin'], touches: SIDES, erases: SIDES }

/** Of both interfaces: `pulls/create` is a path, `createPullRequest` a mutation. */
export const NAMES: readonly string[] = [...ENTRIES, ...GRAPHQL_ENTRIES].map(({ name }) => name)

/** What a token must hold for an operation. */
export const permissionsOf = (name: string): Entry['permissions'] =>
  (entryOf(name) ?? graphqlEntryOf(name))?.permissions ?? {}

export function githubEffect({ name }: { readonly name: string }): Effect {
  const entry = entryOf(name) ?? graphqlEntryOf(name)
  if (!entry) return ALL
  const erases = entry.access.includes('delete' satisfies Access) ? (['primary'] as const) : []
  return { access: entry.access, touches: ['primary'], erases }
}

/** Where things are named by ids, whoever decides is told what they stand for. */
const facts = (name: string): CataloguedOperation['facts'] => ({
  repository: 'string',
  ...(graphqlEntryOf(name)?.ids.size && { things: 'strings' }),
})

export const catalogued: readonly CataloguedOperation[] = NAMES.map((name) => ({
  name,
  ...githubEffect({ name }),
  facts: facts(name) ?? {},
}))

export const githubOperations = ({
  operations,
}: {
  readonly operations: readonly string[]
}): readonly CataloguedOperation[] => catalogued.filter(({ name }) => operations.includes(name))
