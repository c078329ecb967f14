import { MUTATIONS_SDL } from '@credbroker/connectors/github/graphql/mutations-sdl'
import { SDL } from '@credbroker/connectors/github/graphql/sdl'
import {
  buildSchema,
  extendSchema,
  type GraphQLFieldResolver,
  getNamedType,
  graphql,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  parse,
} from 'graphql'

/** What GitHub has beside the part that can be called: the ways from one thing to another. Spelled as in its reference. */
const VENDOR = `
  interface Node { id: ID! }
  extend type Repository implements Node { parent: Repository }
  extend type Issue implements Node { repository: Repository! }
  extend type IssueComment implements Node { issue: Issue! repository: Repository! }
  extend type PullRequest implements Node { repository: Repository! headRepository: Repository }
  extend type Label implements Node { repository: Repository! }
  extend type Ref implements Node { repository: Repository! }
  extend type Query {
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    viewer: User!
  }
  extend type User { repositories(first: Int): RepositoryConnection! }
  type RepositoryConnection { nodes: [Repository] totalCount: Int! }
  extend type Mutation {
    updateRepository(input: UpdateRepositoryInput!): UpdateRepositoryPayload
    pinIssue(input: PinIssueInput!): PinIssuePayload
  }
  input UpdateRepositoryInput { clientMutationId: String repositoryId: ID! name: String }
  type UpdateRepositoryPayload { clientMutationId: String repository: Repository }
  input PinIssueInput { clientMutationId: String issueId: ID! }
  type PinIssuePayload { clientMutationId: String issue: Issue }
`
const schema = extendSchema(buildSchema(`${SDL}${MUTATIONS_SDL}`), parse(VENDOR))

interface Repository {
  readonly id: number
  readonly name: string
}

/** Who asks: what the token behind the request may do, where. */
export interface Asker {
  readonly permissions: Readonly<Record<string, string>>
  readonly repositories: readonly Repository[]
  /** Told of whatever was done or read. */
  readonly acted: (act: string) => void
}

/** Opaque to whoever holds it. `rest` is a number or the name of a ref. */
export const nodeId = (kind: string, repository: number | string, rest: number | string = ''): string =>
  `${kind}_${Buffer.from(JSON.stringify([kind, Number(repository), rest])).toString('base64url')}`

const forbid = () => {
  throw new Error('Resource not accessible by integration')
}
function need({ permissions }: Asker, permission: string, level: 'read' | 'write'): void {
  const has = permissions[permission]
  if (has !== 'write' && has !== level) forbid()
}

type Given = Readonly<Record<'number' | 'qualifiedName', never>>
const listOf = (make: () => object) => () => {
  const node = make()
  return { nodes: [node], edges: [{ cursor: 'c', node }], totalCount: 1, pageInfo: {} }
}

const guarded =
  <T>(permission: string, make: (given: Given) => T) =>
  (given: Given, asker: Asker): T => {
    need(asker, permission, 'read')
    return make(given)
  }

const repositoryOf = (it: Repository): object => ({
  __typename: 'Repository',
  id: nodeId('R', it.id),
  databaseId: it.id,
  name: it.name.split('/')[1],
  nameWithOwner: it.name,
  owner: { __typename: 'Organization', id: 'O_1', login: it.name.split('/')[0] },
  issue: guarded('issues', ({ number }) => issueOf(it, number)),
  issues: guarded(
    'issues',
    listOf(() => issueOf(it, 7)),
  ),
  pullRequest: guarded('pull_requests', ({ number }) => pullOf(it, number)),
  pullRequests: guarded(
    'pull_requests',
    listOf(() => pullOf(it, 8)),
  ),
  ref: guarded('contents', ({ qualifiedName }) => refOf(it, qualifiedName)),
  defaultBranchRef: guarded('contents', () => refOf(it, 'refs/heads/main')),
  object: guarded('contents', () => ({ __typename: 'Blob', id: 'B_1', text: `the code of ${it.name}` })),
})
const issueOf = (it: Repository, number: number): object => ({
  __typename: 'Issue',
  id: nodeId('I', it.id, number),
  number,
  repository: () => repositoryOf(it),
  comments: listOf(() => commentOf(it, 1)),
})
const pullOf = (it: Repository, number: number): object => ({
  __typename: 'PullRequest',
  id: nodeId('PR', it.id, number),
  number,
  repository: () => repositoryOf(it),
  headRepository: () => repositoryOf(it),
})
const commentOf = (it: Repository, number: number): object => ({
  __typename: 'IssueComment',
  id: nodeId('IC', it.id, number),
  issue: () => issueOf(it, 7),
  url: `https://github.com/${it.name}/issues/7#issuecomment-${number}`,
  repository: () => repositoryOf(it),
})
const labelOf = (it: Repository, name: string): object => ({
  __typename: 'Label',
  id: nodeId('LA', it.id, name),
  name,
  repository: () => repositoryOf(it),
})
const refOf = (it: Repository, qualified: string): object => ({
  __typename: 'Ref',
  id: nodeId('REF', it.id, qualified),
  prefix: qualified.replace(/[^/]+$/, ''),
  name: qualified.replace(/^.*\//, ''),
  repository: () => repositoryOf(it),
})

/** By the first part of an id: what it stands for, and what a token needs to see it. */
const KINDS: Readonly<
  Record<string, readonly [permission: string, make: (it: Repository, rest: never) => object]>
> = {
  R: ['metadata', repositoryOf],
  I: ['issues', issueOf],
  PR: ['pull_requests', pullOf],
  IC: ['issues', commentOf],
  LA: ['issues', labelOf],
  REF: ['contents', refOf],
}

function lookUp(id: string, asker: Asker): { readonly it: Repository; readonly node: object } {
  const [kind = '', repository, rest] = JSON.parse(
    Buffer.from(id.replace(/^[A-Z]+_/, ''), 'base64url').toString() || '[]',
  ) as [string?, number?, never?]
  const it = asker.repositories.find((each) => each.id === repository)
  const known = KINDS[kind]
  if (!it || !known) throw new Error('Could not resolve to a node with the global id')
  need(asker, known[0], 'read')
  return { it, node: known[1](it, rest as never) }
}

/** What each mutation asks for, where it happens, and what it answers. */
const MUTATIONS: Readonly<Record<string, readonly [permission: string, id: string, answers?: string]>> = {
  createIssue: ['issues', 'repositoryId', 'issue'],
  updateIssue: ['issues', 'id', 'issue'],
  closeIssue: ['issues', 'issueId', 'issue'],
  reopenIssue: ['issues', 'issueId', 'issue'],
  addComment: ['issues', 'subjectId', 'commentEdge'],
  deleteIssueComment: ['issues', 'id'],
  addLabelsToLabelable: ['issues', 'labelableId'],
  createPullRequest: ['pull_requests', 'repositoryId', 'pullRequest'],
  updatePullRequest: ['pull_requests', 'pullRequestId', 'pullRequest'],
  closePullRequest: ['pull_requests', 'pullRequestId', 'pullRequest'],
  reopenPullRequest: ['pull_requests', 'pullRequestId', 'pullRequest'],
  mergePullRequest: ['contents', 'pullRequestId', 'pullRequest'],
  addPullRequestReview: ['pull_requests', 'pullRequestId'],
  createRef: ['contents', 'repositoryId', 'ref'],
  updateRef: ['contents', 'refId', 'ref'],
  deleteRef: ['contents', 'refId'],
  createCommitOnBranch: ['contents', '', 'ref'],
  updateRepository: ['administration', 'repositoryId'],
  pinIssue: ['issues', 'issueId', 'issue'],
}

interface CommitInput {
  readonly branch: { readonly repositoryNameWithOwner: string }
  readonly fileChanges?: Readonly<Record<'additions' | 'deletions', readonly { readonly path: string }[]>>
}

function mutate(name: string, input: Readonly<Record<string, string>>, asker: Asker): object {
  const [permission, member, answers] = MUTATIONS[name] ?? ['administration', 'id']
  need(asker, permission, 'write')
  const commit = input as unknown as CommitInput
  const it = member
    ? lookUp(input[member] ?? '', asker).it
    : found(commit.branch.repositoryNameWithOwner, asker)
  const files = member ? [] : Object.values(commit.fileChanges ?? {}).flat()
  if (files.some(({ path }) => path.startsWith('.github/workflows/'))) need(asker, 'workflows', 'write')
  asker.acted(`GraphQL ${name} ${it.name}`)
  const made: Readonly<Record<string, () => object>> = {
    issue: () => issueOf(it, 7),
    pullRequest: () => pullOf(it, 8),
    ref: () => refOf(it, 'refs/heads/x'),
    commentEdge: () => ({ cursor: 'c', node: commentOf(it, 1) }),
  }
  return answers && made[answers] ? { [answers]: made[answers]() } : {}
}

function found(name: string, { repositories }: Asker): Repository {
  const it = repositories.find((each) => each.name.toLowerCase() === name.toLowerCase())
  if (!it) throw new Error(`Could not resolve to a Repository with the name '${name}'.`)
  return it
}

const resolveField: GraphQLFieldResolver<unknown, Asker> = (source, given, asker, info) => {
  const name = info.fieldName
  if (info.parentType === schema.getMutationType()) return mutate(name, given['input'], asker)
  if (info.parentType === schema.getQueryType()) {
    if (name === 'viewer') return { __typename: 'User', id: 'U_1', login: 'app[bot]' }
    if (name === 'node') return lookUp(given['id'], asker).node
    if (name === 'nodes') return (given['ids'] as string[]).map((id) => lookUp(id, asker).node)
    const it = found(`${given['owner']}/${given['name']}`, asker)
    asker.acted(`GraphQL repository ${it.name}`)
    return repositoryOf(it)
  }
  const value = (source as Readonly<Record<string, unknown>>)[name]
  if (typeof value === 'function') return value(given, asker)
  return value ?? filler(info.returnType)
}

/** Something of the type, where nobody looks at what it is. */
function filler(type: Parameters<typeof getNamedType>[0]): unknown {
  if (!isNonNullType(type)) return null
  const inner = getNamedType(type)
  if (isListType(type.ofType)) return []
  if (isEnumType(inner)) return inner.getValues()[0]?.value
  if (!isLeafType(inner)) return {}
  return { Boolean: false, Int: 1 }[inner?.name ?? ''] ?? 'x'
}

/** `POST /graphql`: what is refused stands beside an answer of 200, as at GitHub. */
export async function answerGraphql(body: unknown, asker: Asker): Promise<object> {
  const { query = '', variables } = body as { query?: string; variables?: Readonly<Record<string, unknown>> }
  const { data, errors } = await graphql({
    schema,
    source: query,
    contextValue: asker,
    fieldResolver: resolveField,
    ...(variables && { variableValues: variables }),
  })
  return { data: data ?? null, ...(errors && { errors: errors.map(({ message }) => ({ message })) }) }
}
