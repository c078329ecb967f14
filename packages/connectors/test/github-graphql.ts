import type { Access } from '@credbroker/core/access'
import { asked } from '../../../test/contracts/connector/subject.ts'

const OID = 'a'.repeat(40)
/** Things of two repositories, by the ids that GitHub would have for them. */
export const NODES: Readonly<Record<string, object>> = Object.fromEntries(
  [['', 71, 'acme/Shop'] as const, ['_elsewhere', 72, 'acme/ledger'] as const].flatMap(
    ([mark, databaseId, nameWithOwner]) => {
      const repository = { databaseId, nameWithOwner }
      return Object.entries({
        R: { __typename: 'Repository', ...repository },
        I: { __typename: 'Issue', number: 7, repository },
        PR: { __typename: 'PullRequest', number: 8, repository },
        IC: {
          __typename: 'IssueComment',
          url: 'https://github.com/acme/Shop/issues/7#issuecomment-1',
          repository,
        },
        LA: { __typename: 'Label', name: 'bug', repository },
        REF: { __typename: 'Ref', prefix: 'refs/heads/', name: 'x', repository },
      }).map(([kind, node]) => [`${kind}_1${mark}`, { id: `${kind}_1${mark}`, ...node }])
    },
  ),
)

/** Answers what the broker asks about ids. */
export function graphqlVendor(body: string) {
  const { ids } = (JSON.parse(body) as { variables: { ids: readonly string[] } }).variables
  return {
    status: 200,
    body: JSON.stringify({ data: { nodes: ids.map((id) => NODES[id] ?? null) } }),
  }
}

export const query = (text: string, variables?: object) =>
  asked('POST', '/graphql', { query: text, ...(variables && { variables }) })

/** One mutation, its input as a literal. */
export const mutation = (name: string, input: string, select = 'clientMutationId') =>
  query(`mutation { ${name}(input: { ${input} }) { ${select} } }`)

const here = (select: string) => query(`{ repository(owner: "Acme", name: "shop") { ${select} } }`)
const commit = (path: string) =>
  mutation(
    'createCommitOnBranch',
    `branch: { repositoryNameWithOwner: "acme/Shop", branchName: "x" }, message: { headline: "h" },
     expectedHeadOid: "${OID}", fileChanges: { additions: [{ path: "${path}", contents: "YQ==" }] }`,
    'commit { oid url }',
  )

type Row = readonly [operation: string, request: ReturnType<typeof asked>, access: Access[]]

export const graphqlSamples: readonly Row[] = [
  ['query.repository', here('id nameWithOwner owner { login }'), ['read']],
  ['query.repository.issues', here('issues(first: 20, states: OPEN) { nodes { number title } }'), ['read']],
  [
    'query.repository',
    here(
      'name issue(number: 7) { title } p: pullRequest(number: 8) { mergeable } ref(qualifiedName: "x") { name }',
    ),
    ['read'],
  ],
  [
    'query.repository.contents',
    query(
      'query($o: String!, $e: String) { repository(owner: $o, name: "shop") { object(expression: $e) { ...on Blob { text } } } }',
      { o: 'acme', e: 'main:README' },
    ),
    ['read'],
  ],
  [
    'createIssue',
    mutation('createIssue', 'repositoryId: "R_1", title: "t", labelIds: ["LA_1"]', 'issue { number }'),
    ['write'],
  ],
  ['closeIssue', mutation('closeIssue', 'issueId: "I_1"'), ['write']],
  [
    'addComment',
    query('mutation($i: AddCommentInput!) { c: addComment(input: $i) { commentEdge { node { url } } } }', {
      i: { subjectId: 'PR_1', body: 'Å “b”' },
    }),
    ['write'],
  ],
  ['deleteIssueComment', mutation('deleteIssueComment', 'id: "IC_1"'), ['delete']],
  [
    'addLabelsToLabelable',
    mutation('addLabelsToLabelable', 'labelableId: "I_1", labelIds: "LA_1"'),
    ['write'],
  ],
  [
    'createPullRequest',
    mutation(
      'createPullRequest',
      'repositoryId: "R_1", baseRefName: "main", headRefName: "x", title: "t"',
      'pullRequest { url }',
    ),
    ['write'],
  ],
  ['mergePullRequest', mutation('mergePullRequest', 'pullRequestId: "PR_1", mergeMethod: SQUASH'), ['write']],
  [
    'addPullRequestReview',
    mutation('addPullRequestReview', 'pullRequestId: "PR_1", event: APPROVE'),
    ['write'],
  ],
  ['createRef', mutation('createRef', `repositoryId: "R_1", name: "refs/heads/x", oid: "${OID}"`), ['write']],
  ['updateRef', mutation('updateRef', `refId: "REF_1", oid: "${OID}"`), ['write']],
  ['updateRef.force', mutation('updateRef', `refId: "REF_1", oid: "${OID}", force: true`), ['delete']],
  ['deleteRef', mutation('deleteRef', 'refId: "REF_1"'), ['delete']],
  ['createCommitOnBranch', commit('src/a b.ts'), ['write']],
  ['createCommitOnBranch.workflow', commit('.GitHub/workflows/ci.yml'), ['execute']],
]

export const graphqlRefused = {
  'GraphQL about whoever asks': query('{ viewer { login repositories(first: 1) { nodes { name } } } }'),
  'GraphQL about anything by its id': query('{ node(id: "I_1") { id } }'),
  'GraphQL about things by their ids': query('{ nodes(ids: ["I_1"]) { id } }'),
  'GraphQL that searches': query('{ search(query: "x", type: ISSUE, first: 1) { issueCount } }'),
  'GraphQL about an organisation': query('{ organization(login: "acme") { id } }'),
  'GraphQL about another repository': query('{ repository(owner: "acme", name: "ledger") { name } }'),
  'GraphQL about two repositories': query(
    '{ a: repository(owner: "acme", name: "shop") { name } b: repository(owner: "acme", name: "ledger") { name } }',
  ),
  'GraphQL behind @skip': query(
    'query($s: Boolean!) { repository(owner: "acme", name: "shop") { name } viewer @skip(if: $s) { login } }',
    { s: true },
  ),
  'a way from a pull request to the fork': here('pullRequest(number: 8) { headRepository { name } }'),
  'a way from a repository to its parent': here('parent { name }'),
  'a way from an owner to what else is theirs': here('owner { repositories(first: 1) { totalCount } }'),
  'a name that was given up': query(
    '{ repository(owner: "acme", name: "shop", followRenames: true) { name } }',
  ),
  'a name with a path in it': query('{ repository(owner: "acme", name: "../ledger") { name } }'),
  'a list without an end': here('issues { nodes { title } }'),
  'a list that is too long': here('issues(first: 101) { nodes { title } }'),
  'lists within lists': here('issues(first: 100) { nodes { comments(first: 100) { nodes { body } } } }'),
  'a list from both ends': here('issues(first: 1, last: 1) { nodes { title } }'),
  'the code, by way of a pull request': here(
    'pullRequest(number: 8) { mergeCommit { tree { entries { name } } } }',
  ),
  'the code, by way of a mutation': mutation(
    'createRef',
    `repositoryId: "R_1", name: "refs/heads/x", oid: "${OID}"`,
    'ref { target { ...on Commit { history(first: 9) { nodes { message } } } } }',
  ),
  'a list, by way of a mutation': mutation(
    'closeIssue',
    'issueId: "I_1"',
    'issue { comments(first: 9) { nodes { body } } }',
  ),
  'two mutations': query(
    'mutation { a: closeIssue(input: { issueId: "I_1" }) { clientMutationId } b: closeIssue(input: { issueId: "I_1" }) { clientMutationId } }',
  ),
  'a mutation of administration': mutation('updateRepository', 'repositoryId: "R_1", name: "x"'),
  'a mutation that nobody classified': mutation('pinIssue', 'issueId: "I_1"'),
  'a pull request out of another repository': mutation(
    'createPullRequest',
    'repositoryId: "R_1", headRepositoryId: "R_1_elsewhere", baseRefName: "main", headRefName: "x", title: "t"',
  ),
  'a review that stays open': mutation('addPullRequestReview', 'pullRequestId: "PR_1"'),
  'a commit with a path that climbs': commit('src/../.github/workflows/ci.yml'),
  'a commit with a path of empty parts': commit('.github//workflows/ci.yml'),
  'a commit to a branch by its id': mutation(
    'createCommitOnBranch',
    `branch: { id: "REF_1" }, message: { headline: "h" }, expectedHeadOid: "${OID}"`,
  ),
  'a commit to another repository': mutation(
    'createCommitOnBranch',
    `branch: { repositoryNameWithOwner: "acme/ledger", branchName: "x" }, message: { headline: "h" }, expectedHeadOid: "${OID}"`,
  ),
  'an id that is none': mutation('closeIssue', 'issueId: "I 1"'),
  'what the schema says of itself': query('{ __schema { types { name } } }'),
  'nothing at all': query('{ __typename }'),
} as const
