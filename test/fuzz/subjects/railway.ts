import railway from '@credbroker/connectors/kinds/railway'
import { SDL } from '@credbroker/connectors/railway/pinned/schema.gen'
import { buildSchema } from 'graphql'
import { asked } from '../../contracts/connector/subject.ts'
import type { Subject } from '../differential.ts'
import { graphqlServer } from './graphql-server.ts'

const id = (digit: string) =>
  `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`
const [project, staging, production, volume, service] = [id('1'), id('2'), id('3'), id('4'), id('5')]
const call = (query: string, variables?: object) =>
  asked('POST', '/graphql/v2', { query, ...(variables && { variables }) })

export const railwaySubject: Subject = {
  connector: railway,
  spec: railway.spec.parse({ projects: [project], operations: railway.catalogue?.map(({ name }) => name) }),
  seeds: [
    call(`mutation { volumeDelete(volumeId: "${volume}") }`),
    call('mutation($v: String!) { gone: volumeDelete(volumeId: $v) }', { v: volume }),
    call(
      'query d($id: String!, $more: Boolean = false) { deployment(id: $id) { ...f url @include(if: $more) } } fragment f on Deployment { id status }',
      { id: service },
    ),
    call(
      'mutation($p: EnvironmentConfig) { environmentPatchCommit(environmentId: "' +
        staging +
        '", patch: $p) }',
      {
        p: {
          volumes: { [volume]: { isDeleted: true } },
          services: { [service]: { variables: { A: { value: 'x' } } } },
        },
      },
    ),
    call('mutation($input: VariableCollectionUpsertInput!) { variableCollectionUpsert(input: $input) }', {
      input: { projectId: project, environmentId: staging, replace: true, variables: { A: 'é"\\ \u2028' } },
    }),
    call(`{ variables(projectId: "${project}", environmentId: "${staging}") }`),
  ],
  words: [
    project,
    staging,
    production,
    volume,
    service,
    'volumeDelete',
    'volumeId',
    'variables',
    'deployment',
    'mutation',
    'query',
    'fragment f on Mutation',
    `{ volumeDelete(volumeId: "${production}") }`,
    '... on Mutation',
    '...f',
    '@skip(if: true)',
    '@include(if: false)',
    'x: ',
    '$v',
    '$p',
    '"operationName": "d",',
    'environmentPatchCommit',
    'environmentId',
    'isDeleted',
    'true',
    'false',
    'null',
    '"extensions": {},',
    '"query":',
    '"variables":',
    'projectDelete',
    '__typename',
  ], // prettier-ignore
  answeredBefore: ['query.__typename'],
  servers: { 'graphql-js': graphqlServer(buildSchema(SDL)) },
}
