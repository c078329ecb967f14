import {
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql'
import { Refused } from '../refusals.ts'
import type { GraphqlBody } from './body.ts'
import { type Dialect, operationName } from './dialect.ts'

export interface ReadDocument {
  readonly operation: OperationDefinitionNode & { readonly operation: 'query' | 'mutation' }
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
}

const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type'])

/**
 * A document that holds exactly one query or mutation and is valid against the pinned schema. Every root field is asked
 * about first, so that what nobody has classified is called that, whether or not the schema has it.
 *
 * @throws {Refused}
 */
export function readDocument(body: GraphqlBody, dialect: Dialect): ReadDocument {
  const { operation, fragments, document } = parseOne(body, dialect)
  visit(document, {
    Directive: ({ name }) => {
      if (name.value !== 'skip' && name.value !== 'include') throw new Refused('directive_refused')
    },
    SelectionSet: ({ selections }) => {
      if (selections.length > dialect.limits.selections) throw new Refused('too_large')
    },
    Field: ({ name, alias }) => {
      if (INTROSPECTION.has(name.value) && !dialect.introspection) throw new Refused('introspection_refused')
      if (alias && (alias.value.startsWith('__') || alias.value.length > 64))
        throw new Refused('document_refused')
    },
  })
  for (const field of rootFields(operation, fragments, dialect.limits.tokens))
    if (!field.startsWith('__')) dialect.admit(operationName(operation.operation, field))
  const problems = validate(dialect.schema, document, specifiedRules, { maxErrors: 5 })
  const drift = problems.some(({ message }) => /^(Cannot query field|Unknown (argument|type))/.test(message))
  if (problems.length > 0) throw new Refused(drift ? 'schema_drift' : 'document_refused')
  return { operation, fragments }
}

function parseOne({ query, operationName }: GraphqlBody, { limits }: Dialect) {
  let document: ReturnType<typeof parse>
  try {
    document = parse(query, { maxLexicalTokens: limits.tokens, noLocation: true })
  } catch (error) {
    if (error instanceof GraphQLError) throw new Refused('document_refused')
    throw error
  }
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
    else throw new Refused('document_refused')
  const [operation, ...others] = operations
  if (operation === undefined || others.length > 0) throw new Refused('document_refused')
  if (operationName !== undefined && operation.name?.value !== operationName)
    throw new Refused('document_refused')
  if (operation.operation === 'subscription') throw new Refused('document_refused')
  return { document, fragments, operation: operation as ReadDocument['operation'] }
}

/** The names of all root fields, through fragments, whatever their directives say. Each fragment is opened once. */
function rootFields(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  limit: number,
): ReadonlySet<string> {
  const names = new Set<string>()
  const opened = new Set<string>()
  const open = [operation.selectionSet]
  for (let step = 0; step < limit && open.length > 0; step += 1)
    for (const selection of open.pop()?.selections ?? [])
      if (selection.kind === Kind.FIELD) names.add(selection.name.value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) open.push(selection.selectionSet)
      else if (!opened.has(selection.name.value)) {
        opened.add(selection.name.value)
        const fragment = fragments.get(selection.name.value)
        if (fragment) open.push(fragment.selectionSet)
      }
  return names
}
