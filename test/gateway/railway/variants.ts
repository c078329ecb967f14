import type { ShopIds } from '../../harness/railway/shop.ts'
import { type Case, JSON_TYPE } from '../cases/case.ts'

/** One way of asking for what is not this task's to do, and the code that it is refused with. */
export interface Variant extends Omit<Case, 'verdict'> {
  readonly code: string
}

const PATH = '/graphql/v2'

const post = (code: string, body: unknown, more: Partial<Variant> = {}): Variant => ({
  code,
  method: 'POST',
  target: PATH,
  headers: JSON_TYPE,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
})
const ask = (code: string, query: string, variables?: object) =>
  post(code, { query, ...(variables && { variables }) })

/** Every door to a volume of production that a task of staging could think of. */
export function destroying(ids: ShopIds): Readonly<Record<string, Variant>> {
  const volume = ids.productionVolume
  const plain = `mutation { volumeDelete(volumeId: "${volume}") }`
  const gone = { volumes: { [volume]: { isDeleted: true } } }
  const COMMIT =
    'mutation($e: String!, $p: EnvironmentConfig) { environmentPatchCommit(environmentId: $e, patch: $p) }'
  const STAGE =
    'mutation($e: String!, $p: EnvironmentConfig!) { environmentStageChanges(environmentId: $e, input: $p) { id } }'
  const unresolved = 'call_unresolved'
  const refused = 'call_refused'
  return {
    'volumeDelete with an id of production': ask(unresolved, plain),
    'the id in a variable': ask(unresolved, 'mutation($v: String!) { volumeDelete(volumeId: $v) }', {
      v: volume,
    }),
    'the id as a default of a variable': ask(
      unresolved,
      `mutation($v: String! = "${volume}") { volumeDelete(volumeId: $v) }`,
    ),
    'a default that a variable hides': ask(
      unresolved,
      `mutation($v: String! = "${ids.scratchVolume}") { volumeDelete(volumeId: $v) }`,
      { v: volume },
    ),
    'under another name': ask(unresolved, `mutation { deploymentStop: volumeDelete(volumeId: "${volume}") }`),
    'in a named fragment': ask(
      unresolved,
      `mutation { ...f } fragment f on Mutation { volumeDelete(volumeId: "${volume}") }`,
    ),
    'in an inline fragment': ask(
      unresolved,
      `mutation { ... on Mutation { volumeDelete(volumeId: "${volume}") } }`,
    ),
    'as an operation with a harmless name': ask(
      unresolved,
      plain.replace('mutation', 'mutation listRegions'),
    ),
    'with escapes in the JSON': post(
      unresolved,
      JSON.stringify({ query: plain }).replace('volumeDelete', '\\u0076olumeDelete'),
    ),
    'with escapes in the id': ask(
      unresolved,
      plain.replace(
        volume,
        volume.replace(/^./, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
      ),
    ),
    'with an escape in the name of the field': ask(
      refused,
      plain.replace('volumeDelete', 'volume\\u0044elete'),
    ),
    'environmentPatchCommit in staging, with a volume of production in it': ask(unresolved, COMMIT, {
      e: ids.staging,
      p: gone,
    }),
    'environmentPatchCommit in production': ask(unresolved, COMMIT, { e: ids.production, p: gone }),
    'environmentStageChanges in staging, with a volume of production in it': ask(unresolved, STAGE, {
      e: ids.staging,
      p: gone,
    }),
    'environmentStageChanges in production': ask(unresolved, STAGE, { e: ids.production, p: gone }),
    'what was staged by others': ask(
      refused,
      `mutation { environmentPatchCommitStaged(environmentId: "${ids.production}") }`,
    ),
    'a configuration with a member that nobody knows': ask(refused, COMMIT, {
      e: ids.staging,
      p: { ...gone, volumeInstances: { [ids.productionInstance]: { isDeleted: true } } },
    }),
    'without an environment': ask(
      refused,
      `mutation { volumeInstanceUpdate(volumeId: "${volume}", input: {}) }`,
    ),
    'in the environment of another volume': ask(
      unresolved,
      `mutation { volumeInstanceUpdate(volumeId: "${volume}", environmentId: "${ids.staging}", input: {}) }`,
    ),
    'its backup': ask(
      unresolved,
      `mutation { volumeInstanceBackupDelete(volumeInstanceId: "${ids.productionInstance}", volumeInstanceBackupId: "${ids.productionBackup}") { workflowId } }`,
    ),
    'its backup as one of another volume': ask(
      unresolved,
      `mutation { volumeInstanceBackupDelete(volumeInstanceId: "${ids.stagingInstance}", volumeInstanceBackupId: "${ids.productionBackup}") { workflowId } }`,
    ),
    'its environment': ask(unresolved, `mutation { environmentDelete(id: "${ids.production}") }`),
    'its service': ask(
      unresolved,
      `mutation { serviceDelete(id: "${ids.postgres}", environmentId: "${ids.production}") }`,
    ),
    'its service everywhere': ask(refused, `mutation { serviceDelete(id: "${ids.postgres}") }`),
    'its project': ask(unresolved, `mutation { projectDelete(id: "${ids.project}") }`),
    'a volume of somebody else': ask(
      unresolved,
      `mutation { volumeDelete(volumeId: "${ids.foreignVolume}") }`,
    ),
    'a volume that does not exist': ask(unresolved, `mutation { volumeDelete(volumeId: "${ids.nobody}") }`),
    'two at once, one of them of staging': ask(
      refused,
      `mutation { a: volumeDelete(volumeId: "${ids.scratchVolume}") b: volumeDelete(volumeId: "${volume}") }`,
    ),
    'two operations, the harmless one selected': post(refused, {
      query: `query a { regions { name } } ${plain.replace('mutation', 'mutation b')}`,
      operationName: 'a',
    }),
    'two operations, the other one selected': post(refused, {
      query: `query a { regions { name } } ${plain.replace('mutation', 'mutation b')}`,
      operationName: 'b',
    }),
    'an operation of another name': post(refused, { query: plain, operationName: 'nothing' }),
    'a batch': post(refused, [{ query: '{ regions { name } }' }, { query: plain }]),
    'the hash of a document': post(refused, {
      extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } },
    }),
    'a document with its hash': post(refused, {
      query: plain,
      extensions: { persistedQuery: { version: 1 } },
    }),
    'the id of a document': post(refused, { documentId: 'volumeDelete' }),
    GET: { code: refused, target: `${PATH}?query=${encodeURIComponent(plain)}`, method: 'GET' },
    'GET by a header': post(
      refused,
      { query: plain },
      { headers: [...JSON_TYPE, ['X-HTTP-Method-Override', 'GET']] },
    ),
    'as application/graphql': post(refused, plain, { headers: [['Content-Type', 'application/graphql']] }),
    'a member twice, the last one harmless': post(
      refused,
      `{"query":${JSON.stringify(plain)},"query":"{ regions { name } }"}`,
    ),
    'a variable twice': post(
      refused,
      `{"query":"mutation($v: String!) { volumeDelete(volumeId: $v) }","variables":{"v":"${ids.scratchVolume}","v":"${volume}"}}`,
    ),
    'at the address before the last one': post(refused, { query: plain }, { target: '/graphql' }),
    'at the legacy host, in the path': post(
      refused,
      { query: plain },
      { target: '//backboard.railway.app/graphql/v2' },
    ),
    'at the legacy host, by a header': post(
      unresolved,
      { query: plain },
      {
        headers: [
          ...JSON_TYPE,
          ['X-Forwarded-Host', 'backboard.railway.app'],
          ['Forwarded', 'host=backboard.railway.app'],
        ],
      },
    ),
    'with a token of its own in another header': post(
      unresolved,
      { query: plain },
      {
        headers: [...JSON_TYPE, ['Project-Access-Token', ids.nobody], ['Cookie', 'token=1']],
      },
    ),
    'an operation that nobody has classified': ask(
      'operation_unclassified',
      `mutation { environmentCreate(input: {name: "x", projectId: "${ids.project}"}) { id } }`,
    ),
    'an unclassified operation that is skipped': ask(
      'operation_unclassified',
      `mutation { deploymentStop(id: "${ids.stagingDeployment}") environmentCreate(input: {name: "x", projectId: "${ids.project}"}) @skip(if: true) { id } }`,
    ),
    'a token to do it with': ask(
      refused,
      `mutation { projectTokenCreate(input: {name: "x", projectId: "${ids.project}", environmentId: "${ids.production}"}) }`,
    ),
    'a token of the account': ask(refused, 'mutation { apiTokenCreate(input: {name: "x"}) }'),
    'the variables of production': ask(
      unresolved,
      `{ variables(projectId: "${ids.project}", environmentId: "${ids.production}", serviceId: "${ids.api}") }`,
    ),
    introspection: ask(refused, '{ __schema { mutationType { fields { name } } } }'),
    'a subscription': ask(refused, 'subscription { deploymentEvents { id } }'),
  }
}
