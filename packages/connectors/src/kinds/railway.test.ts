import { describe, expect, it } from 'vitest'
import { asked } from '../../../../test/contracts/connector/subject.ts'
import { connectorContract } from '../../../../test/contracts/connector.ts'
import { anchor, ids, railwayVendor } from '../../test/railway-vendor.ts'
import type { GraphqlOperation } from '../graphql/dialect.ts'
import railway from './railway.ts'

const all = railway.catalogue?.map(({ name }) => name)
const spec = railway.spec.parse({ projects: [ids.project], operations: all })
const call = (query: string, variables?: object) =>
  asked('POST', '/graphql/v2', { query, ...(variables && { variables }) })
const read = (query: string, variables?: object) => railway.parse(call(query, variables), spec)
/** The one operation of a document that must be taken. */
function taken(query: string, variables?: object): GraphqlOperation {
  const parsed = read(query, variables)
  if (parsed.refused !== undefined) throw new Error(parsed.refused)
  return parsed.operations[0]
}
const deletion = `mutation { volumeDelete(volumeId: "${ids.stagingVolume}") }`
const COMMIT = `mutation($p: EnvironmentConfig) { environmentPatchCommit(environmentId: "${ids.staging}", patch: $p) }`
const patch = (value: object) => call(COMMIT, { p: value })

connectorContract(railway, {
  root: { token: 'c0ffee00-dead-4bee-8fed-0123456789ab', type: 'account' },
  secret: 'c0ffee00-dead-4bee-8fed-0123456789ab',
  reaches: [anchor.staging, anchor.production],
  spec: { projects: [ids.project], operations: all },
  vendor: railwayVendor,
  samples: [
    { request: call(deletion), operation: 'volumeDelete', access: ['delete'], anchors: [anchor.staging] },
    {
      request: call(
        `query($id: String!, $more: Boolean = false) { d: deployment(id: $id) { ...f url @include(if: $more) } }
         fragment f on Deployment { id status }`,
        { id: ids.deployment },
      ),
      operation: 'query.deployment',
      access: ['read'],
      anchors: [anchor.staging],
    },
    {
      request: patch({ volumes: { [ids.stagingVolume]: { isDeleted: true } } }),
      operation: 'environmentPatchCommit',
      access: ['delete'],
      anchors: [anchor.staging],
    },
    {
      request: call(
        'mutation($input: VariableCollectionUpsertInput!) { variableCollectionUpsert(input: $input) }',
        {
          input: {
            projectId: ids.project,
            environmentId: ids.production,
            replace: true,
            variables: { A: 'é"\\ \u2028' },
          },
        },
      ),
      operation: 'variableCollectionUpsert',
      access: ['delete'],
      anchors: [anchor.production],
    },
    {
      request: call(`{ variables(projectId: "${ids.project}", environmentId: "${ids.staging}") }`),
      operation: 'query.variables',
      access: ['secret'],
      anchors: [anchor.staging],
    },
  ],
  refused: {
    'a batch': asked('POST', '/graphql/v2', [{ query: deletion }]),
    'GET with the document in the query': asked('GET', `/graphql/v2?query=${encodeURIComponent(deletion)}`),
    'two operations, one of them selected': asked('POST', '/graphql/v2', {
      query: `query a { regions { name } } mutation b { volumeDelete(volumeId: "${ids.stagingVolume}") }`,
      operationName: 'a',
    }),
    'a hash in place of a document': asked('POST', '/graphql/v2', {
      extensions: { persistedQuery: { version: 1 } },
    }),
    'a subscription': call('subscription { deploymentEvents { id } }'),
    introspection: call('{ __schema { types { name } } }'),
    'a directive of the vendor’s': call('query { regions @defer { name } }'),
    'an alias that is no name': call(
      `mutation { __proto__: volumeDelete(volumeId: "${ids.stagingVolume}") }`,
    ),
    'an unclassified field that is skipped': call('mutation { userBetaLeave @skip(if: true) }'),
    'two mutations in one': call(`mutation { a: volumeDelete(volumeId: "${ids.stagingVolume}")
      b: volumeDelete(volumeId: "${ids.productionVolume}") }`),
    'a variable that nobody declared': call(deletion, { x: 1 }),
    'a cycle of fragments': call('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'),
    'fragments that multiply': call(
      `{ ...f0 } ${Array.from({ length: 20 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(' ')}
       fragment f20 on Query { regions { name } }`,
    ),
    'too deep a document': call(`{ ${'regions {'.repeat(600)} name ${'}'.repeat(600)} }`),
    'a configuration with a member that nobody knows': patch({
      volumes: { [ids.stagingVolume]: { wipe: true } },
    }),
    'an id in another spelling': call(
      `mutation { volumeDelete(volumeId: "${ids.stagingVolume.toUpperCase()} ") }`,
    ),
    'an id that is a text with more in it': call(
      `mutation { volumeDelete(volumeId: "${ids.stagingVolume}/x") }`,
    ),
  },
})

describe('every door to the same volume', () => {
  it.each([
    ['a variable', 'mutation($v: String!) { volumeDelete(volumeId: $v) }', { v: ids.stagingVolume }],
    ['a default', `mutation($v: String! = "${ids.stagingVolume}") { volumeDelete(volumeId: $v) }`, undefined],
    [
      'an alias',
      `mutation { customDomainCreate: volumeDelete(volumeId: "${ids.stagingVolume}") }`,
      undefined,
    ],
    [
      'a named fragment',
      `mutation { ...f } fragment f on Mutation { volumeDelete(volumeId: "${ids.stagingVolume}") }`,
      undefined,
    ],
    [
      'an inline fragment',
      `mutation { ... on Mutation { volumeDelete(volumeId: "${ids.stagingVolume}") } }`,
      undefined,
    ],
    ['a block string', `mutation { volumeDelete(volumeId: """${ids.stagingVolume}""") }`, undefined],
    ['commas and comments', `mutation,{#x\n,volumeDelete(volumeId:,"${ids.stagingVolume}",),}`, undefined],
    [
      'an innocent name',
      `mutation listRegions { volumeDelete(volumeId: "${ids.stagingVolume}") }`,
      undefined,
    ],
  ])('%s is read as what it is: delete, both sides gone (I5)', (_, query, variables) => {
    const operation = taken(query, variables)
    expect(operation).toMatchObject({ name: 'volumeDelete', arguments: { volumeId: ids.stagingVolume } })
    expect(railway.access(operation, spec)).toEqual({
      access: ['delete'],
      touches: ['primary', 'backup'],
      erases: ['primary', 'backup'],
    })
  })

  it('a field that is skipped is not sent', () => {
    const operation = taken(
      `mutation { volumeDelete(volumeId: "${ids.productionVolume}") @skip(if: true) deploymentRestart(id: "${ids.deployment}") }`,
    )
    expect(operation.name).toBe('deploymentRestart')
    expect(JSON.stringify(railway.rebuild([operation], spec))).not.toContain(ids.productionVolume)
  })
})

describe('what is refused says why', () => {
  it.each([
    ['mutation { userBetaLeave }', 'unclassified'],
    ['mutation { noSuchThingAtAll }', 'unclassified'],
    ['mutation { apiTokenCreate(input: {name: "x"}) }', 'outside_environments'],
    [
      `mutation { projectTokenCreate(input: {name: "x", projectId: "${ids.project}", environmentId: "${ids.staging}"}) }`,
      'answers_credential',
    ],
    ['mutation { webhookTest(url: "x", payload: "y") }', 'outside_environments'],
    [
      `mutation { environmentApplyChangeSet(environmentId: "${ids.staging}", input: "{}") { id } }`,
      'opaque_input',
    ],
    [`mutation { tcpProxyDelete(id: "${ids.staging}") }`, 'unresolvable'],
    [`mutation { serviceDelete(id: "${ids.service}") }`, 'argument_required'],
    [
      `mutation { volumeInstanceUpdate(volumeId: "${ids.stagingVolume}", input: {mountPath: "/x"}) }`,
      'argument_required',
    ],
    [
      `{ deployment(id: "${ids.deployment}") { environment { project { environments { id } } } } }`,
      'schema_drift',
    ],
    [`{ deployments(input: {projectId: "${ids.project}"}) { edges { node { id } } } }`, 'argument_required'],
  ])('%s → %s', (query, refused) => expect(read(query)).toMatchObject({ refused }))

  it('never with a word of the client’s', () => {
    expect(read('mutation { noSuchThingAtAll }')).toEqual({ refused: 'unclassified' })
  })

  it('an operation that the scope does not name', () => {
    const narrow = railway.spec.parse({ projects: [ids.project], operations: ['query.deployment'] })
    expect(railway.parse(call(deletion), narrow)).toEqual({ refused: 'not_in_scope', at: 'volumeDelete' })
  })
})

describe('what an operation does depends on what it is given (I4b)', () => {
  const deploy = (more = '') =>
    taken(
      `mutation { serviceInstanceDeployV2(environmentId: "${ids.staging}", serviceId: "${ids.service}"${more}) }`,
    )

  it('the connected branch is deployed; a commit that the caller names is code of anybody’s', () => {
    expect(railway.access(deploy(), spec).access).toEqual(['write'])
    expect(railway.access(deploy(', commitSha: "abc"'), spec).access).toEqual(['write', 'execute'])
    expect(railway.access(deploy(', commitSha: null'), spec).access).toEqual(['write'])
  })

  it('a variable overwrites what nobody gets back, and can be a command', () => {
    const operation = taken(
      `mutation { variableUpsert(input: {projectId: "${ids.project}", environmentId: "${ids.staging}", name: "A", value: "b"}) }`,
    )
    expect(railway.access(operation, spec)).toEqual({
      access: ['delete', 'execute'],
      touches: ['primary'],
      erases: ['primary'],
    })
  })
})

describe('a configuration does what named operations do (I4b)', () => {
  const effect = (value: object) => {
    return railway.access(taken(COMMIT, { p: value }), spec)
  }
  it.each([
    ['deletes a volume', { volumes: { [ids.stagingVolume]: { isDeleted: true } } }, ['write', 'delete'], 2],
    ['deletes a service', { services: { [ids.service]: { isDeleted: true } } }, ['write', 'delete'], 2],
    ['deletes a bucket', { buckets: { [ids.service]: { isDeleted: true } } }, ['write', 'delete'], 2],
    ['shrinks a volume', { volumes: { [ids.stagingVolume]: { sizeMB: 1 } } }, ['write', 'delete'], 2],
    [
      'stops backups',
      { services: { [ids.service]: { volumeMounts: { [ids.stagingVolume]: { backupSchedules: [] } } } } },
      ['write', 'delete'],
      1,
    ],
    [
      'runs a command',
      { services: { [ids.service]: { deploy: { startCommand: 'rm -rf /data' } } } },
      ['write', 'execute'],
      0,
    ],
    [
      'takes another image',
      { services: { [ids.service]: { source: { image: 'evil' } } } },
      ['write', 'execute'],
      0,
    ],
    ['overwrites a variable', { sharedVariables: { A: null } }, ['write', 'delete', 'execute'], 1],
  ])('%s', (_, value, access, erased) => {
    expect(effect(value).access).toEqual(access)
    expect(effect(value).erases).toHaveLength(erased as number)
  })

  it('one that says nothing is refused; one that somebody else staged is admin', () => {
    const bare = (name: string) => `mutation { ${name}(environmentId: "${ids.staging}") }`
    expect(read(bare('environmentPatchCommit'))).toEqual({ refused: 'argument_required', at: 'patch' })
    const staged = taken(bare('environmentPatchCommitStaged'))
    expect(railway.access(staged, spec).access).toContain('admin')
  })

  it('at most, one can be anything that its validator lets through, and answer with secrets', () => {
    const most = (name: string) => railway.operations(spec).find((each) => each.name === name)
    const both = ['primary', 'backup']
    const all = { touches: both, erases: both }
    expect(most('environmentPatchCommit')).toMatchObject({ access: ['write', 'delete', 'execute'], ...all })
    expect(most('environmentStageChanges')).toMatchObject({
      access: ['write', 'delete', 'secret', 'execute'],
      ...all,
    })
    expect(most('query.environment')?.access).toEqual(['read', 'secret'])
    expect(most('query.deployment')?.access).toEqual(['read'])
    expect(most('volumeDelete')).toMatchObject({ access: ['delete'], ...all })
  })

  it('of a scope only what it names is counted', () => {
    const narrow = railway.spec.parse({ projects: [ids.project], operations: ['query.deployment'] })
    expect(railway.operations(narrow).map(({ name }) => name)).toEqual(['query.deployment'])
  })
})
