import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputField,
  getNamedType,
  isInputObjectType,
  isObjectType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { rootOf } from '../graphql/dialect.ts'
import { CATALOGUE, openEntryOf, SECRET_FIELDS } from './catalogue.ts'
import { VENDOR_OPERATIONS } from './pinned/operations.gen.ts'
import { SDL } from './pinned/schema.gen.ts'
import { SCALARS } from './scalars.ts'

const schema = buildSchema(SDL)
const open = Object.keys(CATALOGUE).filter((name) => openEntryOf(name))

/** Every argument and member that names a thing, by its path. */
function idsOf(field: GraphQLField<unknown, unknown>): string[] {
  const walk = (at: string, { name, type }: { name: string; type: GraphQLInputField['type'] }): string[] => {
    const inner = getNamedType(type)
    const path = at ? `${at}.${name}` : name
    if (isInputObjectType(inner)) return Object.values(inner.getFields()).flatMap((each) => walk(path, each))
    return /(^id|Ids?)$/.test(name) ? [path] : []
  }
  return field.args.flatMap((arg) => walk('', arg))
}

describe('the catalogue of Railway', () => {
  it('names only what the vendor has, and pins exactly what can be called', () => {
    for (const name of Object.keys(CATALOGUE)) expect(VENDOR_OPERATIONS).toContain(name)
    const pinned = (['query', 'mutation'] as const).flatMap((root) =>
      Object.keys(schema.getRootType(root as never)?.getFields() ?? {}).map((field) =>
        root === 'query' ? `query.${field}` : field,
      ),
    )
    expect(pinned.sort()).toEqual(open.sort())
  })

  it('every id that a call can carry is resolved, so that none reaches past its environment (I2)', () => {
    // Whom, and not what: a person of the workspace.
    const people = new Set(['input.userId'])
    for (const name of open) {
      const { root, field } = rootOf(name)
      const entry = openEntryOf(name)
      const known = Object.values({ ...entry?.at, ...entry?.also })
      const found = schema.getRootType(root as never)?.getFields()[field] as GraphQLField<unknown, unknown>
      expect(
        idsOf(found).filter((path) => !known.includes(path) && !people.has(path)),
        name,
      ).toEqual([])
    }
  })

  it('no object leads from one thing to another that could be elsewhere', () => {
    const inside = new Set([
      'VolumeInstance.volume',
      'QueryDeploymentsConnection.edges',
      'QueryDeploymentsConnection.pageInfo',
      'QueryDeploymentsConnectionEdge.node',
      'AllDomains.customDomains',
      'AllDomains.serviceDomains',
      'Log.attributes',
      'EgressMigrationResult.ips',
    ])
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) || /^(__|Query$|Mutation$)/.test(type.name)) continue
      for (const field of Object.values(type.getFields()))
        if (isObjectType(getNamedType(field.type))) expect(inside).toContain(`${type.name}.${field.name}`)
    }
  })

  it('a scalar with anything in it is either read when given, or secret when answered', () => {
    for (const type of Object.values(schema.getTypeMap()))
      if (isObjectType(type) && !/^(__|Query$|Mutation$)/.test(type.name))
        for (const field of Object.values(type.getFields()))
          if (/^(JSON|Environment(Config|Variables)|.*Meta)$/.test(getNamedType(field.type).name))
            expect(SECRET_FIELDS).toContain(`${type.name}.${field.name}`)
    expect([...SCALARS.keys()].sort()).toEqual(['DateTime', 'EnvironmentConfig', 'EnvironmentVariables'])
  })
})
