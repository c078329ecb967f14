import { type Case, type Cases, JSON_TYPE } from './case.ts'

export const SDL = `
  type Volume { id: ID! name: String key: String size: Int parent: Volume }
  type Query { volume(id: ID!): Volume other: String }
  type Mutation { resize(id: ID!, size: Int = 1): Volume rename(id: ID!, name: String): Volume }
  type Subscription { volumeChanged: Volume }
`
export const GRAPHQL_OPERATIONS = {
  'query.volume': { access: ['read'], anchor: 'staging' },
  resize: { access: ['write'], anchor: 'staging' },
} // prettier-ignore

const send = (body: unknown, verdict: Case['verdict'], headers: Case['headers'] = JSON_TYPE): Case => ({
  method: 'POST',
  target: '/graphql',
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  verdict,
})
const ask = (query: string, verdict: Case['verdict'], variables?: object): Case =>
  send({ query, ...(variables && { variables }) }, verdict)

/** What the upstream's own executor must have called, in place of a body that we would have to spell. */
export const calls = (...called: readonly (readonly [field: string, given: object])[]) => ({
  method: 'POST',
  target: '/graphql',
  body: called,
})

const resized = calls(['resize', { id: 'v1', size: 2 }])

export const DOCUMENTS: Cases = {
  'a query': ask('{ volume(id: "v1") { size } }', calls(['volume', { id: 'v1' }])),
  'a mutation by another name': ask('mutation { harmless: resize(id: "v1", size: 2) { id } }', resized),
  'a mutation in a named fragment': ask(
    'mutation { ...a } fragment a on Mutation { resize(id: "v1", size: 2) { id } }',
    resized,
  ),
  'a mutation in an inline fragment': ask(
    'mutation { ... on Mutation { resize(id: "v1", size: 2) { id } } }',
    resized,
  ),
  'values in variables': ask('mutation($i: ID!, $s: Int = 7) { resize(id: $i, size: $s) { id } }', resized, {
    i: 'v1',
    s: 2,
  }),
  'a default of the document': ask('mutation($s: Int = 2) { resize(id: "v1", size: $s) { id } }', resized),
  'a default of the schema': ask(
    'mutation { resize(id: "v1") { id } }',
    calls(['resize', { id: 'v1', size: 1 }]),
  ),
  'commas, comments and a block string': ask(
    'mutation,{,#resize(id:"v9")\n resize(id: """v1""", size: 2) { id } }',
    resized,
  ),
  'one that is skipped counts': ask(
    'mutation { resize(id: "v1") { id } rename(id: "v1") @skip(if: true) { id } }',
    'unclassified',
  ),
  'one that is not included counts': ask(
    'mutation($no: Boolean = false) { rename(id: "v1") @include(if: $no) { id } resize(id: "v1") { id } }',
    'unclassified',
  ),
  'an operation that nobody declared': ask('mutation { rename(id: "v1", name: "x") { id } }', 'unclassified'),
  'one behind a name that is declared': ask(
    'mutation { resize: rename(id: "v1", name: "x") { id } }',
    'unclassified',
  ),
  'a query field that nobody declared': ask('{ other }', 'unclassified'),
  'two mutations': ask('mutation { a: resize(id: "v1") { id } b: resize(id: "v2") { id } }', 'batch_refused'),
  'two operations, one selected': send(
    {
      query: 'query a { volume(id: "v1") { id } } mutation b { resize(id: "v1") { id } }',
      operationName: 'a',
    },
    'document_refused',
  ),
  'a name of an operation that is not there': send(
    { query: 'query a { volume(id: "v1") { id } }', operationName: 'b' },
    'document_refused',
  ),
  'no operation': ask('fragment a on Query { other }', 'document_refused'),
  'a subscription': ask('subscription { volumeChanged { id } }', 'document_refused'),
  introspection: ask('{ __schema { types { name } } }', 'introspection_refused'),
  'a field that the schema does not have': ask('{ volume(id: "v1") { secrets } }', 'schema_drift'),
  'an argument that the schema does not have': ask(
    'mutation { resize(id: "v1", force: true) { id } }',
    'schema_drift',
  ),
  'a directive': ask('{ volume(id: "v1") @cached { id } }', 'directive_refused'),
  'a deferred fragment': ask('{ ... @defer { volume(id: "v1") { id } } }', 'directive_refused'),
  'a name with an escape': ask('mutation { r\\u0065size(id: "v1") { id } }', 'document_refused'),
  'a fragment of itself': ask('{ ...a } fragment a on Query { ...a }', 'document_refused'),
  'braces for ever': ask(
    `{ volume(id: "v1") ${'{ parent '.repeat(400)}{ id }${' }'.repeat(400)} }`,
    'document_refused',
  ),
  'too many tokens': ask(`{ ${'a: volume(id: "v1") { id } '.repeat(2000)} }`, 'document_refused'),
  'a variable that nobody declared': ask('{ volume(id: "v1") { id } }', 'argument_refused', { x: 1 }),
  'a variable of another type': ask(
    'mutation($s: Int) { resize(id: "v1", size: $s) { id } }',
    'argument_refused',
    { s: 'two' },
  ),
} // prettier-ignore

export const ENVELOPES: Cases = {
  'a batch': send([{ query: '{ volume(id: "v1") { id } }' }], 'batch_refused'),
  'the document in the query of the address': {
    target: '/graphql?query=%7Bvolume(id:%22v1%22)%7Bid%7D%7D',
    verdict: 'method_refused',
  },
  'application/graphql': send('{ volume(id: "v1") { id } }', 'header_refused', [
    ['Content-Type', 'application/graphql'],
  ]),
  'a multipart upload': send('--x\r\n', 'header_refused', [
    ['Content-Type', 'multipart/form-data; boundary=x'],
  ]),
  'a persisted query': send(
    { extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } },
    'persisted_query_refused',
  ),
  'a persisted query beside a document': send(
    { query: '{ volume(id: "v1") { id } }', extensions: { persistedQuery: { version: 1 } } },
    'persisted_query_refused',
  ),
  'an id in place of a document': send({ documentId: 'abc' }, 'persisted_query_refused'),
  'the document twice': send(
    '{"query":"{ volume(id: 1) { id } }","query":"mutation { rename(id: 1) { id } }"}',
    'body_refused',
  ),
  'a member that nobody knows': send({ query: '{ volume(id: "v1") { id } }', debug: true }, 'body_refused'),
  'another path': {
    method: 'POST',
    target: '/graphql/v1',
    headers: JSON_TYPE,
    body: '{"query":"{ volume(id: 1) { id } }"}',
    verdict: 'path_refused',
  },
  'a query beside the path': {
    method: 'POST',
    target: '/graphql?debug=1',
    headers: JSON_TYPE,
    body: '{"query":"{ volume(id: 1) { id } }"}',
    verdict: 'query_refused',
  },
} // prettier-ignore
