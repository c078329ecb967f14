import type { Json } from '@credbroker/core/canonical-json'
import type { GraphQLSchema } from 'graphql'
import type { Operation } from '../connector.ts'

/** What of GraphQL one vendor or scope allows. */
export interface Dialect {
  /** `/graphql/v2`: where requests are taken and sent. */
  readonly path: string
  /** Pinned. What is not in it does not exist. */
  readonly schema: GraphQLSchema
  /** What a value of a scalar of the vendor's own may be: the value as it is to be sent, or undefined. A scalar not in it is refused. */
  readonly scalars: ReadonlyMap<string, (value: Json) => Json | undefined>
  readonly introspection: boolean
  readonly limits: GraphqlLimits
  /**
   * Asked for each root field of the document, the skipped ones too, before anything else is said about it.
   *
   * @throws {Refused} `unclassified`, `not_in_scope` and the like
   */
  readonly admit: (name: string) => void
}

export interface GraphqlLimits {
  readonly tokens: number
  /** In one pair of braces: validation compares each with each. */
  readonly selections: number
  readonly depth: number
  /** Fields of the answer, after fragments are laid open. */
  readonly fields: number
  readonly rootFields: number
}

export const GRAPHQL_LIMITS: GraphqlLimits = {
  tokens: 1000,
  selections: 60,
  depth: 8,
  fields: 300,
  rootFields: 8,
}

/** One root field, named `volumeDelete` for a mutation and `query.variables` for a query. */
export interface GraphqlOperation extends Operation {
  /** What the client calls it in the answer, where that is not its name. */
  readonly key?: string
  readonly select?: readonly Selection[]
}

/** A part of the answer: a field, or fields of one of the types that may stand there. */
export type Selection = SelectedField | { readonly on: string; readonly select: readonly Selection[] }

export interface SelectedField {
  readonly field: string
  readonly key?: string
  readonly arguments?: { readonly [name: string]: Json }
  readonly select?: readonly Selection[]
}

export const operationName = (root: 'query' | 'mutation', field: string): string =>
  root === 'mutation' ? field : `query.${field}`

export const rootOf = (name: string): { readonly root: 'query' | 'mutation'; readonly field: string } =>
  name.startsWith('query.')
    ? { root: 'query', field: name.slice('query.'.length) }
    : { root: 'mutation', field: name }
