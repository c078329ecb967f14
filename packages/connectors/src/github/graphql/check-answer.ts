import { type GraphQLField, getNamedType, isCompositeType } from 'graphql'
import { type GraphqlOperation, rootOf, type Selection } from '../../graphql/dialect.ts'
import { Refused } from '../../refusals.ts'
import { schema } from './dialect.ts'
import { fieldName } from './table.ts'

/** In one list, as GitHub has it; and in lists within lists, far less than GitHub allows. */
const PAGE = 100
const MOST = 5000

/** Shows the code, wherever it is reached from. */
const CONTENTS: ReadonlySet<string> = new Set(['Blob.text', 'Commit.history', 'Commit.tree', 'Tree.entries'])

/**
 * Every list says how long it is. What a mutation answers is about what it did: it has no lists and no code, because
 * whoever may change something need not be somebody who may read everything.
 *
 * @throws {Refused} `argument_required`, `argument_refused`, `too_large`, `not_in_scope`
 */
export function checkAnswer(operation: GraphqlOperation): void {
  const { root, field } = rootOf(fieldName(operation.name))
  const type = schema.getRootType(root as never)?.getFields()[field]?.type
  if (!type) throw new Refused('unclassified')
  const may = {
    lists: root === 'query',
    contents: operation.name === 'query.repository.contents',
    operation: operation.name,
  }
  walk(operation.select ?? [], getNamedType(type).name, 1, may)
}

interface May {
  readonly lists: boolean
  readonly contents: boolean
  readonly operation: string
}

function walk(select: readonly Selection[], typeName: string, times: number, may: May): void {
  const type = schema.getType(typeName)
  if (!isCompositeType(type)) throw new Refused('schema_drift')
  for (const each of select) {
    if ('on' in each) {
      walk(each.select, each.on, times, may)
      continue
    }
    if (CONTENTS.has(`${typeName}.${each.field}`) && !may.contents)
      throw new Refused('not_in_scope', may.operation)
    const field = schema.getField(type, each.field)
    if (!field) throw new Refused('schema_drift')
    const isList = field.args.some(({ name }) => name === 'first')
    if (isList && !may.lists) throw new Refused('not_in_scope', may.operation)
    const size = isList ? sizeOf(each.arguments ?? {}) : 1
    if (times * size > MOST) throw new Refused('too_large')
    if (each.select) walk(each.select, innerOf(field), times * size, may)
  }
}

const innerOf = (field: GraphQLField<unknown, unknown>): string => getNamedType(field.type).name

function sizeOf({ first, last }: { readonly [name: string]: unknown }): number {
  const given = [first, last].filter((each) => each !== undefined && each !== null)
  const [size] = given
  if (size === undefined) throw new Refused('argument_required', 'first')
  if (given.length > 1 || typeof size !== 'number' || size < 1 || size > PAGE)
    throw new Refused('argument_refused', 'first')
  return size
}
