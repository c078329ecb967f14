import { schema } from '@credbroker/connectors/github/graphql/dialect'
import type { UpstreamRequest } from '@credbroker/connectors/request'
import type { Json } from '@credbroker/core/canonical-json'
import {
  type GraphQLOutputType,
  getNamedType,
  graphqlSync,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql'
import { asked } from '../../contracts/connector/subject.ts'
import type { Understood } from '../differential.ts'

const OID = 'a'.repeat(40)
const call = (query: string, variables?: object) =>
  asked('POST', '/graphql', { query, ...(variables && { variables }) })

export const GRAPHQL_SEEDS = [
  call(
    '{ repository(owner: "acme", name: "shop") { n: name ...f pullRequests(last: 5) { totalCount } } } fragment f on Repository { issue(number: 7) { title } }',
  ),
  call(
    'query($e: String, $more: Boolean = false) { repository(owner: "acme", name: "shop") { object(expression: $e) { ...on Blob { text } } issues(first: 3) @include(if: $more) { totalCount } } }',
    { e: 'main:a' },
  ),
  call('mutation($i: CreateIssueInput!) { createIssue(input: $i) { issue { number } } }', {
    i: { repositoryId: 'R_1', title: 'é"\\ \u2028', labelIds: ['LA_1'] },
  }),
  call(`mutation { u: updateRef(input: { refId: "REF_1", oid: "${OID}", force: true }) { ref { name } } }`),
  call(
    'mutation($o: GitObjectID!, $f: [FileAddition!]) { createCommitOnBranch(input: { branch: { repositoryNameWithOwner: "acme/shop", branchName: "x" }, message: { headline: "h" }, expectedHeadOid: $o, fileChanges: { additions: $f } }) { commit { url } } }',
    { o: OID, f: [{ path: '.github/workflows/ci.yml', contents: 'YQ==' }] },
  ),
  call('mutation { deleteRef(input: { refId: "REF_1" }) { clientMutationId } }'),
] as const

export const GRAPHQL_WORDS = [
  'graphql',
  'mutation',
  'query',
  'repository',
  'repositoryId',
  'R_1',
  'REF_1',
  'closeIssue(input: { issueId: "I_1" }) { clientMutationId }',
  'deleteRef',
  'updateRef',
  'refId',
  'force: false',
  '...f',
  '... on Mutation',
  'fragment f on Repository',
  'viewer { login }',
  'node(id: "I_1") { id }',
  'issues(first: 3) { totalCount }',
  'object(oid: null) { id }',
  'x: ',
  '@skip(if: true)',
  '@include(if: false)',
  '$i',
  '"variables":',
  'followRenames: true',
  'first: 9000',
  '__typename',
] as const

/** Which part of a repository a field shows. */
const PART: Readonly<Record<string, string>> = {
  issue: '.issues',
  issues: '.issues',
  label: '.issues',
  labels: '.issues',
  pullRequest: '.pulls',
  pullRequests: '.pulls',
  object: '.contents',
  ref: '.contents',
  refs: '.contents',
  defaultBranchRef: '.contents',
}
const ORDER = ['', '.contents', '.issues', '.pulls']

/** What graphql-js does with what is sent: which mutation, and which parts of which repository. */
export function understoodGraphql({ body = '' }: UpstreamRequest): Understood | undefined {
  const { query, variables } = JSON.parse(body) as {
    query: string
    variables?: Readonly<Record<string, unknown>>
  }
  const calls = new Map<string, { name: string; arguments: Json; parts: Set<string> }>()
  const { errors, data } = graphqlSync({
    schema,
    source: query,
    ...(variables && { variableValues: variables }),
    fieldResolver: (_source, given, _context, info) => {
      const { key, prev } = info.path
      const plain = JSON.parse(JSON.stringify(given)) as Json
      if (prev === undefined) {
        const root = info.parentType === schema.getMutationType() ? '' : 'query.'
        calls.set(String(key), { name: `${root}${info.fieldName}`, arguments: plain, parts: new Set() })
        return {}
      }
      if (info.parentType.name === 'Repository')
        calls.get(String(prev.key))?.parts.add(PART[info.fieldName] ?? '')
      return anyOf(info.returnType)
    },
  })
  if (errors && data === undefined) return undefined
  return [...calls].flatMap(([key, { name, arguments: given, parts }]) => {
    if (name !== 'query.repository') return [{ name: `${name}${variant(name, given)}`, arguments: given }]
    // `__typename` is answered before any resolver is asked.
    if (Object.values((data?.[key] ?? {}) as object).includes('Repository')) parts.add('')
    return ORDER.filter((part) => parts.has(part)).map((part) => ({
      name: `${name}${part}`,
      arguments: given,
    }))
  })
}

function variant(name: string, given: Json): string {
  const { input } = given as {
    input: { force?: boolean; fileChanges?: Readonly<Record<string, readonly { path: string }[]>> | null }
  }
  if (name === 'updateRef') return input.force === true ? '.force' : ''
  if (name !== 'createCommitOnBranch') return ''
  const files = Object.values(input.fileChanges ?? {}).flat()
  return files.some((each) => /^\.github\/workflows/i.test(each?.path)) ? '.workflow' : ''
}

function anyOf(type: GraphQLOutputType): unknown {
  if (!isNonNullType(type)) return null
  if (isListType(type.ofType)) return []
  const inner = getNamedType(type)
  if (isEnumType(inner)) return inner.getValues()[0]?.value
  if (isLeafType(inner)) return { Boolean: false, Int: 1 }[inner.name] ?? 'x'
  return isAbstractType(inner) ? { __typename: schema.getPossibleTypes(inner)[0]?.name } : {}
}
