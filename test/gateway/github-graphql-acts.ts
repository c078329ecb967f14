import { nodeId } from '../harness/github-graphql.ts'
import { type Act, differs, no, yes } from './github-acts.ts'

const OID = 'a'.repeat(40)
const query = (text: string): readonly ['POST', '/graphql', Act['body']] => [
  'POST',
  '/graphql',
  { query: text },
]
const toy = (select: string) => query(`{ repository(owner: "acme", name: "toy") { ${select} } }`)
const mutation = (name: string, input: string) =>
  query(`mutation { ${name}(input: { ${input} }) { clientMutationId } }`)
const commit = (path: string, repository = 'acme/toy') =>
  mutation(
    'createCommitOnBranch',
    `branch: { repositoryNameWithOwner: "${repository}", branchName: "x" }, message: { headline: "h" },
     expectedHeadOid: "${OID}", fileChanges: { additions: [{ path: "${path}", contents: "YQ==" }] }`,
  )

/** What is done by GraphQL, in a repository that is ours and one that is not. */
export function graphqlActs(ours: string, theirs: string): readonly Act[] {
  const ref = `refId: "${nodeId('REF', ours, 'refs/heads/x')}"`
  const issue = (repository: string) => `issueId: "${nodeId('I', repository, 7)}"`
  return [
    yes(...toy('nameWithOwner owner { login }')),
    yes(...toy('issues(first: 5) { nodes { number title } }')),
    yes(...toy('name object(expression: "main:a") { ...on Blob { text } } issue(number: 7) { title }')),
    yes(...mutation('createIssue', `repositoryId: "${nodeId('R', ours)}", title: "t"`)),
    yes(...mutation('deleteIssueComment', `id: "${nodeId('IC', ours, 1)}"`)),
    yes(...mutation('mergePullRequest', `pullRequestId: "${nodeId('PR', ours, 8)}"`)),
    yes(
      ...mutation('createRef', `repositoryId: "${nodeId('R', ours)}", name: "refs/heads/x", oid: "${OID}"`),
    ),
    yes(...mutation('updateRef', `${ref}, oid: "${OID}"`)),
    yes(...commit('src/a.ts')),
    no(...commit('.github/workflows/ci.yml')),
    no(...commit('src/a.ts', 'acme/ledger')),
    no(...mutation('updateRepository', `repositoryId: "${nodeId('R', ours)}", name: "x"`)),
    no(...mutation('createIssue', `repositoryId: "${nodeId('R', theirs)}", title: "t"`)),
    no(...mutation('closeIssue', issue(theirs))),
    no(...mutation('createIssue', 'repositoryId: "R_none", title: "t"')),
    no(...query('{ repository(owner: "acme", name: "ledger") { name } }')),
    differs('One permission, many operations', ...mutation('deleteRef', ref)),
    differs('One permission, many operations', ...mutation('closeIssue', issue(ours))),
    differs('What a body says', ...mutation('updateRef', `${ref}, oid: "${OID}", force: true`)),
    differs('What nobody classified', ...mutation('pinIssue', issue(ours))),
    differs('What nobody declared', ...toy('parent { name }')),
    differs('Anything by its id', ...query(`{ node(id: "${nodeId('I', ours, 7)}") { id } }`)),
    differs('The token itself', ...query('{ viewer { login } }')),
  ]
}
