import type { Access, Side } from '@credbroker/core/access'
import type { Json } from '@credbroker/core/canonical-json'
import { type GraphQLSchema, getNamedType, isCompositeType } from 'graphql'
import type { Effect, Resolution } from '../connector.ts'
import { fillAnchor } from '../http/anchor-template.ts'
import { Refused } from '../refusals.ts'
import type { UpstreamReader } from '../request.ts'
import { type Dialect, GRAPHQL_LIMITS, type GraphqlOperation, rootOf, type Selection } from './dialect.ts'
import type { GraphqlSpec } from './spec.ts'

const BOTH: readonly Side[] = ['primary', 'backup']

export function declaredDialect(spec: GraphqlSpec): Dialect {
  return {
    path: spec.path,
    schema: spec.schema,
    scalars: new Map(
      Object.entries(spec.scalars).map(([name, kind]) => [name, kind === 'text' ? textOnly : numberOnly]),
    ),
    introspection: spec.introspection,
    limits: { ...GRAPHQL_LIMITS, depth: spec.depth },
    admit(name) {
      if (!Object.hasOwn(spec.operations, name)) throw new Refused('unclassified')
    },
  }
}

const textOnly = (value: Json) => (typeof value === 'string' && value.isWellFormed() ? value : undefined)
const numberOnly = (value: Json) =>
  typeof value === 'number' && Number.isFinite(value) ? value + 0 : undefined

export function graphqlEffect(operation: GraphqlOperation, spec: GraphqlSpec): Effect {
  const { root, field } = rootOf(operation.name)
  if (field.startsWith('__') && root === 'query')
    return { access: ['read'], touches: ['primary'], erases: [] }
  const declared = Object.hasOwn(spec.operations, operation.name)
    ? spec.operations[operation.name]
    : undefined
  if (!declared) return { access: ['admin'], touches: BOTH, erases: BOTH }
  const access = new Set<Access>(declared.access)
  const secret = [
    ...fieldsOf([{ ...operation, field }], spec.schema.getRootType(root as never)?.name, spec.schema),
  ]
  if (secret.some((name) => spec.secretFields.includes(name))) access.add('secret')
  const erases = declared.erases ?? (access.has('delete') || access.has('admin') ? BOTH : [])
  return {
    access: [...access],
    touches: BOTH.filter((s) => declared.touches.includes(s) || erases.includes(s)),
    erases,
  }
}

/** `Type.field` for everything that is asked for; of an interface also under each type that it may turn out to be. */
function* fieldsOf(
  selections: readonly Selection[],
  type: string | undefined,
  schema: GraphQLSchema,
): Generator<string> {
  const composite = schema.getType(type ?? '')
  if (!isCompositeType(composite)) return
  for (const each of selections) {
    if ('on' in each) {
      yield* fieldsOf(each.select, each.on, schema)
      continue
    }
    yield `${composite.name}.${each.field}`
    if ('getTypes' in composite || !('isTypeOf' in composite))
      for (const possible of schema.getPossibleTypes(composite as never))
        yield `${possible.name}.${each.field}`
    const field = schema.getField(composite, each.field)
    if (field && each.select) yield* fieldsOf(each.select, getNamedType(field.type).name, schema)
  }
}

export function resolveGraphql(
  operations: readonly GraphqlOperation[],
  spec: GraphqlSpec,
  reader: UpstreamReader,
): Resolution {
  const anchors: string[] = []
  for (const { name, arguments: given } of operations) {
    if (rootOf(name).field.startsWith('__')) continue
    const declared = Object.hasOwn(spec.operations, name) ? spec.operations[name] : undefined
    const anchor =
      declared &&
      fillAnchor(reader.host, declared.anchor, (parameter) =>
        (declared.where[parameter] ?? '').split('.').reduce<unknown>(member, given),
      )
    if (anchor === undefined) return { is: 'unresolved' }
    anchors.push(anchor)
  }
  const [first, ...others] = anchors
  return first === undefined ? { is: 'nowhere' } : { is: 'resolved', anchors: [first, ...others], facts: {} }
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as { readonly [name: string]: unknown })[name]
    : undefined
