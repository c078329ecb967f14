import { sortAccess } from '@credbroker/core/access'
import { getNamedType } from 'graphql'
import type { CataloguedOperation } from '../connector.ts'
import { operationName, rootOf } from './dialect.ts'
import { graphqlEffect } from './meaning.ts'
import { canAnswerWith } from './reachable.ts'
import type { GraphqlSpec } from './spec.ts'

/** Each declared field with what its answer could be asked for, and what of the schema itself may be read. */
export function graphqlOperations(spec: GraphqlSpec): readonly CataloguedOperation[] {
  const own = ['__typename', ...(spec.introspection ? ['__schema', '__type'] : [])]
  return [...Object.keys(spec.operations), ...own.map((field) => operationName('query', field))].map(
    (name) => {
      const effect = graphqlEffect({ name, arguments: {} }, spec)
      return { name, ...effect, access: sortAccess([...effect.access, ...secretsOf(name, spec)]) }
    },
  )
}

function secretsOf(name: string, { schema, secretFields }: GraphqlSpec): readonly 'secret'[] {
  const { root, field } = rootOf(name)
  const parent = schema.getRootType(root as never)
  const type = parent?.getFields()[field]?.type
  const secret = (each: string) => secretFields.includes(each)
  if (!parent || !type) return []
  const found = secret(`${parent.name}.${field}`) || canAnswerWith(schema, getNamedType(type).name, secret)
  return found ? ['secret'] : []
}
