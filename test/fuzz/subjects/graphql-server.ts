import type { UpstreamRequest } from '@credbroker/connectors/request'
import { type GraphQLOutputType, type GraphQLSchema, graphqlSync, isListType, isNonNullType } from 'graphql'
import type { Understood } from '../differential.ts'

/** What graphql-js calls on a server of this schema: each root field that is really called, with the arguments it is given. */
export const graphqlServer =
  (schema: GraphQLSchema) =>
  ({ body = '' }: UpstreamRequest): Understood | undefined => {
    const { query, variables } = JSON.parse(body) as {
      query: string
      variables?: Readonly<Record<string, unknown>>
    }
    const calls: { name: string; arguments: never }[] = []
    const { errors, data } = graphqlSync({
      schema,
      source: query,
      ...(variables && { variableValues: variables }),
      fieldResolver: (_source, given, _context, info) => {
        if (info.path.prev === undefined) {
          const root = info.parentType === schema.getMutationType() ? '' : 'query.'
          calls.push({
            name: `${root}${info.fieldName}`,
            arguments: JSON.parse(JSON.stringify(given)) as never,
          })
        }
        return emptyOf(info.returnType)
      },
    })
    return errors && data === undefined ? undefined : calls
  }

const emptyOf = (type: GraphQLOutputType): unknown =>
  isNonNullType(type) ? emptyOf(type.ofType) : isListType(type) ? [] : null
