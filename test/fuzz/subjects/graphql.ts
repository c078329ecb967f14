import graphql from '@credbroker/connectors/kinds/graphql'
import { buildSchema } from 'graphql'
import { asked } from '../../contracts/connector/subject.ts'
import type { Subject } from '../differential.ts'
import { graphqlServer } from './graphql-server.ts'

const SDL = `
  scalar Time
  enum Mode { FAST SLOW }
  input Where { project: ID!, tags: [String!] = ["a"], deep: Where, at: Time, ratio: Float, mode: Mode = SLOW }
  interface Thing { id: ID! name(upper: Boolean = false, first: Int): String }
  type Volume implements Thing { id: ID! name(upper: Boolean = false, first: Int): String key: String! size: Int }
  type Query { things(where: Where!): [Thing!]! volume(id: ID!): Volume other: String }
  type Mutation { deleteVolume(id: ID!, where: Where): Boolean tag(where: Where!, text: String): Volume }
`
const call = (query: string, variables?: object) =>
  asked('POST', '/graphql', { query, ...(variables && { variables }) })

export const graphqlSubject: Subject = {
  connector: graphql,
  spec: graphql.spec.parse({
    schema: SDL,
    operations: {
      'query.things': { access: ['read'], where: { project: 'where.project' }, anchor: 'projects/{project}' },
      'query.volume': { access: ['read'] },
      deleteVolume: { access: ['delete'] },
      tag: { access: ['write'], where: { project: 'where.project' }, anchor: 'projects/{project}' },
    },
    scalars: { Time: 'text' },
  }),
  seeds: [
    call('query($w: Where!) { things(where: $w) { ...on Volume { size n: name(first: 3) } id } }', {
      w: { project: 'p1', deep: { project: 'p2', ratio: 1e21, at: '2026-01-01' } },
    }),
    call('{ volume(id: 7) { ...s } } fragment s on Volume { size }'),
    call('mutation { deleteVolume(id: "v1", where: {project: 3, mode: FAST}) }'),
    call('mutation($w: Where!) { tag(where: $w, text: """a "block" """) { id } }', {
      w: { project: 'p', tags: ['ü', '\u2028'] },
    }),
  ],
  words: [
    'things',
    'volume',
    'deleteVolume',
    'tag',
    'where',
    'project',
    'id',
    'mutation',
    'query',
    '{ other }',
    '... on Query',
    '@skip(if: true)',
    '@include(if: $w)',
    '$w',
    'a: ',
    'FAST',
    'null',
    '"v1"',
    '"""',
    '{project: "q"}',
    '"p1"',
    'fragment s on Mutation { deleteVolume(id: 1) }',
    '"variables":',
    '"operationName":',
  ], // prettier-ignore
  answeredBefore: ['query.__typename'],
  servers: { 'graphql-js': graphqlServer(buildSchema(SDL)) },
}
