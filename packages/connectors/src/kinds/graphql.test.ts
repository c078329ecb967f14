import fc from 'fast-check'
import { buildSchema, type GraphQLSchema, graphqlSync } from 'graphql'
import { describe, expect, it } from 'vitest'
import { asked } from '../../../../test/contracts/connector/subject.ts'
import { connectorContract } from '../../../../test/contracts/connector.ts'
import type { GraphqlOperation } from '../graphql/dialect.ts'
import graphql from './graphql.ts'

const SDL = `
  scalar Time
  scalar JSON
  enum Mode { FAST SLOW }
  input Where { project: ID!, tags: [String!] = ["a"], deep: Where, at: Time, ratio: Float, mode: Mode = SLOW }
  interface Thing { id: ID! name(upper: Boolean = false, first: Int): String }
  type Volume implements Thing { id: ID! name(upper: Boolean = false, first: Int): String key: String! size: Int }
  type Bucket implements Thing { id: ID! name(upper: Boolean = false, first: Int): String region: String }
  type Query { things(where: Where!): [Thing!]! volume(id: ID!): Volume other: String }
  type Mutation { deleteVolume(id: ID!, where: Where): Boolean tag(where: Where!, text: String, config: JSON): Volume }
`
const operations = {
  'query.things': { access: ['read'], where: { project: 'where.project' }, anchor: 'projects/{project}' },
  'query.volume': { access: ['read'] },
  deleteVolume: { access: ['delete'] },
  tag: { access: ['write'], where: { project: 'where.project' }, anchor: 'projects/{project}' },
}
const written = { schema: SDL, operations, secretFields: ['Volume.key'], scalars: { Time: 'text' } }
const spec = graphql.spec.parse(written)
const call = (query: string, variables?: object) =>
  asked('POST', '/graphql', { query, ...(variables && { variables }) })

function taken(query: string, variables?: object): readonly [GraphqlOperation, ...GraphqlOperation[]] {
  const parsed = graphql.parse(call(query, variables), spec)
  if (parsed.refused !== undefined) throw new Error(parsed.refused)
  return parsed.operations
}

connectorContract(graphql, {
  root: { origin: 'https://api.example.com', secret: 'gql_live_4b1f8a90c2d7' },
  secret: 'gql_live_4b1f8a90c2d7',
  reaches: ['api.example.com'],
  spec: written,
  vendor: () => ({ status: 500, body: '' }),
  samples: [
    {
      request: call(
        'query($w: Where!) { things(where: $w) { ...on Volume { size n: name(first: 3) } id } }',
        {
          w: { project: 'p1', deep: { project: 'p2', ratio: 1e21, at: '2026-01-01' } },
        },
      ),
      operation: 'query.things',
      access: ['read'],
      anchors: ['api.example.com/projects/p1'],
    },
    {
      request: call('{ volume(id: 7) { ...s } } fragment s on Volume { key }'),
      operation: 'query.volume',
      access: ['read', 'secret'],
      anchors: ['api.example.com'],
    },
    {
      request: call('mutation { deleteVolume(id: "v1") }'),
      operation: 'deleteVolume',
      access: ['delete'],
      anchors: ['api.example.com'],
    },
  ],
  refused: {
    'a field that the scope does not name': call('{ other }'),
    'one beside a field that it names': call('{ volume(id: 1) { id } other }'),
    'introspection, also below a fragment': call(
      '{ ...f } fragment f on Query { __type(name: "Query") { name } }',
    ),
    'a value that nobody can read': call('mutation { tag(where: {project: "p"}, config: {a: 1}) { id } }'),
    'an enum value that does not exist': call('{ things(where: {project: "p", mode: NONE}) { id } }'),
    'an argument that does not exist': call('{ volume(id: 1, force: true) { id } }'),
    'two fields of one name that differ': call('{ a: volume(id: 1) { id } a: volume(id: 2) { id } }'),
    'more root fields than allowed': call(
      `{ ${Array.from({ length: 9 }, (_, i) => `a${i}: volume(id: 1) { id }`).join(' ')} }`,
    ),
  },
})

/** What a server understands: each call of a root field, with its arguments, as its own executor gives them. */
function understood(schema: GraphQLSchema, source: string, variableValues?: object) {
  const calls: { readonly field: string; readonly given: unknown }[] = []
  const resolver = (field: string) => (given: unknown) => {
    calls.push({ field, given: JSON.parse(JSON.stringify(given)) })
    return field === 'things' ? [] : null
  }
  const rootValue = Object.fromEntries(
    ['things', 'volume', 'deleteVolume', 'tag'].map((f) => [f, resolver(f)]),
  )
  const { errors, data } = graphqlSync({ schema, source, rootValue, variableValues: variableValues as never })
  return { calls, keys: Object.keys(data ?? {}), errors: errors?.length ?? 0 }
}

describe('what we decide on is what a server understands', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"""', '\\', '\u2028', '{$a}', '#', '-0'),
  )
  const where = fc.record(
    {
      project: fc.oneof(text, fc.integer()),
      tags: fc.array(text, { maxLength: 3 }),
      at: text,
      ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
      mode: fc.constantFrom('FAST', 'SLOW'),
      deep: fc.record({ project: text }),
    },
    { requiredKeys: ['project'] },
  )
  const documents = fc.constantFrom(
    'query($w: Where!, $skip: Boolean!) { things(where: $w) { id } v: volume(id: "1") @skip(if: $skip) { id } }',
    'query($w: Where!, $skip: Boolean!) { ...a } fragment a on Query { x: things(where: $w) { ... on Bucket @include(if: $skip) { region } id } }',
    'mutation($w: Where!, $skip: Boolean!) { ... @skip(if: $skip) { tag(where: $w, text: """a "block" \\""" """) { id } } ... @include(if: $skip) { deleteVolume(id: 3, where: $w) } }',
  )

  it('whatever the values, fragments and directives are', () => {
    const schema = buildSchema(SDL)
    fc.assert(
      fc.property(documents, where, fc.boolean(), (query, w, skip) => {
        const parsed = graphql.parse(call(query, { w, skip }), spec)
        const before = understood(schema, query, { w, skip })
        // Lone surrogates are no text to everybody.
        if (parsed.refused !== undefined) {
          expect(
            before.errors > 0 || !JSON.stringify(w).isWellFormed() || /\\ud[89a-f]/.test(JSON.stringify(w)),
          ).toBe(true)
          return
        }
        const sent = JSON.parse(graphql.rebuild(parsed.operations, spec).body ?? '') as {
          query: string
          variables?: object
        }
        const after = understood(schema, sent.query, sent.variables)
        expect(after.errors).toBe(0)
        expect(after).toEqual(before)
        expect(after.calls.map(({ given }) => given)).toEqual(parsed.operations.map((each) => each.arguments))
      }),
      { numRuns: 300 },
    )
  })
})

describe('the scope of a GraphQL interface', () => {
  it('puts variables and defaults where they belong', () => {
    expect(taken('query($p: ID = "p9") { things(where: {project: $p}) { id } }')[0].arguments).toEqual({
      where: { project: 'p9', tags: ['a'], mode: 'SLOW' },
    })
  })

  it('finds secrets behind an interface, and behind another name', () => {
    const things = (select: string) => taken(`{ things(where: {project: "p"}) { ${select} } }`)[0]
    expect(graphql.access(things('... on Volume { harmless: key }'), spec).access).toEqual(['read', 'secret'])
    expect(graphql.access(things('... on Bucket { region }'), spec).access).toEqual(['read'])
  })

  it('what an answer could be asked for counts beforehand, also behind an interface (I4b)', () => {
    const most = Object.fromEntries(graphql.operations(spec).map(({ name, access }) => [name, access]))
    expect(most).toEqual({
      'query.things': ['read', 'secret'],
      'query.volume': ['read', 'secret'],
      deleteVolume: ['delete'],
      tag: ['write', 'secret'],
      'query.__typename': ['read'],
    })
  })

  it('an id that could be more than one segment of an anchor is unresolved (I2)', async () => {
    const reader = { host: 'api.example.com', read: () => Promise.reject(new Error('nothing to ask')) }
    for (const project of ['p/q', '..', '', 'é', 'a b'])
      expect(
        await graphql.resolve(
          taken('query($w: Where!) { things(where: $w) { id } }', { w: { project } }),
          spec,
          reader,
        ),
      ).toEqual({ is: 'unresolved' })
  })

  it('introspection is there where it was asked for, and touches nothing of anybody', async () => {
    const open = graphql.spec.parse({ ...written, introspection: true })
    const parsed = graphql.parse(call('{ __schema { types { name } } }'), open)
    expect(parsed).toMatchObject({ operations: [{ name: 'query.__schema' }] })
  })

  it.each([
    ['a schema that is none', { schema: 'type Query {' }],
    ['an operation that the schema does not have', { operations: { 'query.nothing': {} } }],
    ['a mutation that only reads (I4b)', { operations: { tag: { access: ['read'] } } }],
    ['an anchor from nowhere', { operations: { tag: { access: ['write'], anchor: '{tenant}' } } }],
    ['a scalar of another’s', { scalars: { String: 'text' } }],
  ])('refuses %s', (_, change) =>
    expect(graphql.spec.safeParse({ ...written, ...change }).success).toBe(false),
  )
})
