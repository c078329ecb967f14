import type { Json } from '@credbroker/core/canonical-json'
import {
  type ArgumentNode,
  type FieldNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type NamedTypeNode,
  type NameNode,
  OperationTypeNode,
  parseType,
  print,
  type SelectionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
  valueToLiteral,
} from 'graphql'
import { type GraphqlOperation, rootOf, type SelectedField, type Selection } from './dialect.ts'
import { holdsOpaque } from './values.ts'

export interface GraphqlQuestion {
  readonly query: string
  readonly variables?: { readonly [name: string]: Json }
}

interface Lifted {
  readonly definitions: VariableDefinitionNode[]
  readonly values: Record<string, Json>
}

type Fields = NonNullable<ReturnType<GraphQLSchema['getField']>>

/**
 * A document of our own for these operations. Values stand in it as literals; those for which GraphQL has none (JSON
 * objects) go beside it as variables of our naming.
 */
export function printOperations(
  operations: readonly GraphqlOperation[],
  schema: GraphQLSchema,
): GraphqlQuestion {
  const { root } = rootOf((operations[0] as GraphqlOperation).name)
  const lifted: Lifted = { definitions: [], values: {} }
  const fields = operations.map(({ name, ...rest }) => ({ ...rest, field: rootOf(name).field }))
  const selectionSet = printSet(
    fields,
    schema.getRootType(root as OperationTypeNode)?.name as string,
    schema,
    lifted,
  )
  const query = print({
    kind: Kind.OPERATION_DEFINITION,
    operation: root === 'mutation' ? OperationTypeNode.MUTATION : OperationTypeNode.QUERY,
    variableDefinitions: lifted.definitions,
    selectionSet,
  })
  return { query, ...(lifted.definitions.length > 0 && { variables: lifted.values }) }
}

function printSet(
  selections: readonly Selection[],
  type: string,
  schema: GraphQLSchema,
  lifted: Lifted,
): SelectionSetNode {
  return {
    kind: Kind.SELECTION_SET,
    selections: selections.map(
      (each): SelectionNode =>
        'on' in each
          ? {
              kind: Kind.INLINE_FRAGMENT,
              typeCondition: named(each.on),
              selectionSet: printSet(each.select, each.on, schema, lifted),
            }
          : printField(each, type, schema, lifted),
    ),
  }
}

function printField(selected: SelectedField, type: string, schema: GraphQLSchema, lifted: Lifted): FieldNode {
  const parent = schema.getType(type) as Parameters<GraphQLSchema['getField']>[0]
  const field = schema.getField(parent, selected.field) as Fields
  return {
    kind: Kind.FIELD,
    name: nameOf(selected.field),
    ...(selected.key !== undefined && { alias: nameOf(selected.key) }),
    arguments: Object.entries(selected.arguments ?? {}).map(([name, value]): ArgumentNode => {
      const type = field.args.find((arg) => arg.name === name)?.type as GraphQLInputType
      return { kind: Kind.ARGUMENT, name: nameOf(name), value: printValue(value, type, lifted) }
    }),
    ...(selected.select && {
      selectionSet: printSet(selected.select, getNamedType(field.type).name, schema, lifted),
    }),
  }
}

function printValue(value: Json, type: GraphQLInputType, lifted: Lifted): ArgumentNode['value'] {
  if (!holdsOpaque(type)) {
    const literal = valueToLiteral(value, type)
    if (!literal) throw new TypeError('a value does not fit its type any more')
    return literal
  }
  const variable = { kind: Kind.VARIABLE, name: nameOf(`v${lifted.definitions.length + 1}`) } as const
  lifted.definitions.push({ kind: Kind.VARIABLE_DEFINITION, variable, type: parseType(String(type)) })
  lifted.values[variable.name.value] = value
  return variable
}

const nameOf = (value: string): NameNode => ({ kind: Kind.NAME, value })
const named = (value: string): NamedTypeNode => ({ kind: Kind.NAMED_TYPE, name: nameOf(value) })
