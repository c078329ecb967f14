import { GraphQLError, getVariableValues } from 'graphql'
import { Refused } from '../refusals.ts'
import type { ClientRequest, UpstreamRequest } from '../request.ts'
import { graphqlBody } from './body.ts'
import { type Dialect, type GraphqlOperation, operationName } from './dialect.ts'
import { flatten, type VariableValues } from './flatten.ts'
import { printOperations } from './print.ts'
import { readDocument } from './read-document.ts'

/** @throws {Refused} */
export function readGraphql(request: ClientRequest, dialect: Dialect): readonly GraphqlOperation[] {
  const body = graphqlBody(request, dialect.path)
  const read = readDocument(body, dialect)
  const { operation } = read
  const type = dialect.schema.getRootType(operation.operation)
  if (!type) throw new Refused('schema_drift')
  const declared = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value)
  if (Object.keys(body.variables).some((name) => !declared.includes(name)))
    throw new Refused('argument_refused')
  try {
    const variables = getVariableValues(dialect.schema, operation.variableDefinitions ?? [], body.variables, {
      maxErrors: 1,
    })
    if (variables.errors) throw new Refused('argument_refused')
    const selected = flatten(
      operation.selectionSet,
      type,
      read,
      variables.variableValues as VariableValues,
      dialect,
    )
    if (selected.length > (operation.operation === 'mutation' ? 1 : dialect.limits.rootFields))
      throw new Refused('batch_refused')
    return selected.map((each) => {
      if ('on' in each) throw new Refused('document_refused')
      const { field, arguments: given = {}, ...answer } = each
      return { name: operationName(operation.operation, field), arguments: given, ...answer }
    })
  } catch (error) {
    if (error instanceof GraphQLError) throw new Refused('argument_refused')
    throw error
  }
}

export function writeGraphql(operations: readonly GraphqlOperation[], dialect: Dialect): UpstreamRequest {
  return {
    method: 'POST',
    target: dialect.path,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(printOperations(operations, dialect.schema)),
  }
}
