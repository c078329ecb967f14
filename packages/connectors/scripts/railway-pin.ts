import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql'
import { rootOf } from '../src/graphql/dialect.ts'
import { CATALOGUE, openEntryOf, SECRET_FIELDS } from '../src/railway/catalogue.ts'
import { SCALARS } from '../src/railway/scalars.ts'

// Makes src/railway/pinned/*.gen.ts from the vendor's introspection result, by hand when the vendor changes:
//   node packages/connectors/scripts/railway-pin.ts introspection.json
// The pinned schema has the operations of the catalogue and nothing that leads out of what they name: no field that is
// another object, no optional argument whose id nobody resolves, no scalar that nobody can read.

const file = process.argv[2]
if (!file) throw new Error('usage: railway-pin.ts INTROSPECTION.json')
const answer = JSON.parse(readFileSync(file, 'utf8'))
const schema = buildClientSchema(answer.data ?? answer)
const types = new Map<string, string>()

/** Objects that lie within the one they are asked of. */
const INSIDE: ReadonlySet<string> = new Set([
  'VolumeInstance.volume',
  'QueryDeploymentsConnection.edges',
  'QueryDeploymentsConnection.pageInfo',
  'QueryDeploymentsConnectionEdge.node',
  'AllDomains.customDomains',
  'AllDomains.serviceDomains',
  'Log.attributes',
  'EgressMigrationResult.ips',
])
/** They reach past the environment that the call names. */
const WIDENING: ReadonlySet<string> = new Set([
  'EgressGatewayServiceTargetInput.allEnvironments',
  'DeploymentListInput.includeDeleted',
  'regions.projectId',
])

const places = new Set(
  Object.keys(CATALOGUE).flatMap((name) => {
    const entry = openEntryOf(name)
    return Object.values({ ...entry?.at, ...entry?.also }).map((path) => path.split('.').at(-1) as string)
  }),
)
const named = (name: string) => /(^id|Ids?)$/.test(name)
const readable = (type: GraphQLInputType): boolean => {
  const inner = getNamedType(type)
  return !isScalarType(inner) || isSpecifiedScalarType(inner) || SCALARS.has(inner.name)
}
const kept = (owner: string, name: string, type: GraphQLInputType) =>
  isNonNullType(type) ||
  (readable(type) && !(named(name) && !places.has(name)) && !WIDENING.has(`${owner}.${name}`))

function include(type: GraphQLInputType | GraphQLField<unknown, unknown>['type']): void {
  const inner = getNamedType(type)
  if (types.has(inner.name) || isSpecifiedScalarType(inner)) return
  types.set(inner.name, '')
  if (isScalarType(inner)) types.set(inner.name, `scalar ${inner.name}`)
  else if (isEnumType(inner))
    types.set(
      inner.name,
      `enum ${inner.name} { ${inner
        .getValues()
        .map(({ name }) => name)
        .join(' ')} }`,
    )
  else if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields()).filter((field) =>
      kept(inner.name, field.name, field.type),
    )
    for (const field of fields) include(field.type)
    types.set(
      inner.name,
      `input ${inner.name} {\n${fields.map((f) => `  ${f.name}: ${f.type}`).join('\n')}\n}`,
    )
  } else if (isObjectType(inner)) types.set(inner.name, objectOf(inner))
  else throw new Error(`${inner.name}: a kind of type that is not pinned`)
}

function objectOf(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields()).filter((field) => {
    const inner = getNamedType(field.type)
    if (INSIDE.has(`${type.name}.${field.name}`) || SECRET_FIELDS.has(`${type.name}.${field.name}`))
      return true
    return isEnumType(inner) || isSpecifiedScalarType(inner) || /^(DateTime|BigInt)$/.test(inner.name)
  })
  for (const field of fields) include(field.type)
  return `type ${type.name} {\n${fields.map((f) => `  ${f.name}: ${f.type}`).join('\n')}\n}`
}

function rootType(root: 'query' | 'mutation', title: string): string {
  const fields = schema.getRootType(root as never)?.getFields() ?? {}
  const lines = Object.keys(CATALOGUE)
    .filter((name) => rootOf(name).root === root && openEntryOf(name))
    .map((name) => fields[rootOf(name).field] ?? fail(`${name}: not in the vendor's schema any more`))
    .map((field) => {
      const args = field.args.filter((arg) => kept(field.name, arg.name, arg.type))
      for (const arg of args) include(arg.type)
      include(field.type)
      const list = args.map((arg) => `${arg.name}: ${arg.type}`).join(', ')
      return `  ${field.name}${list && `(${list})`}: ${field.type}`
    })
  return `type ${title} {\n${lines.join('\n')}\n}`
}

function fail(message: string): never {
  throw new Error(message)
}

const roots = [rootType('query', 'Query'), rootType('mutation', 'Mutation')]
const sdl = [...roots, ...[...types].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)].join(
  '\n\n',
)
const operations = (['mutation', 'query'] as const).flatMap((root) =>
  Object.keys(schema.getRootType(root as never)?.getFields() ?? {}).map((name) =>
    root === 'query' ? `query.${name}` : name,
  ),
)
const folder = join(import.meta.dirname, '..', 'src', 'railway', 'pinned')
const head =
  '// Generated from the vendor’s schema by packages/connectors/scripts/railway-pin.ts. Do not edit.\n'
writeFileSync(join(folder, 'schema.gen.ts'), `${head}export const SDL = \`\n${sdl}\n\`\n`)
writeFileSync(
  join(folder, 'operations.gen.ts'),
  `${head}/** Every operation that the vendor’s schema has, classified or not. */
export const VENDOR_OPERATIONS: readonly string[] = [
${operations.map((name) => `  '${name}',`).join('\n')}
]
`,
)
