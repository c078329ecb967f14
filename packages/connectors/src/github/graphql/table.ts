import { type Access, sortAccess } from '@credbroker/core/access'
import { entryOf } from '../catalogue.ts'
import type { FormName } from '../forms.ts'
import { type Entry, formOf } from '../table.ts'

/** A thing that an id can stand for. */
export const THINGS = ['Repository', 'Issue', 'PullRequest', 'IssueComment', 'Label', 'Ref'] as const
export type Thing = (typeof THINGS)[number]

export interface GraphqlEntry {
  readonly name: string
  readonly access: readonly Access[]
  readonly permissions: Entry['permissions']
  /** Members of `input` that are ids, and what each may stand for. Everything they name lies in one repository. */
  readonly ids: ReadonlyMap<string, readonly Thing[]>
  /** Members of `input` that must look like something, by their path. */
  readonly forms: ReadonlyMap<string, FormName>
}

/**
 * Each operation with the one of the catalogue of paths that does the same: level and permission are those of the twin.
 * `@` is an id, `=` has a form, `+` is a permission that is needed besides, to see what an id stands for. What a name has after a dot
 * is how the call differs from the plain one.
 */
const MUTATIONS = `
createIssue          issues/create         @repositoryId:Repository @labelIds:Label
updateIssue          issues/update         @id:Issue @labelIds:Label
closeIssue           issues/update         @issueId:Issue
reopenIssue          issues/update         @issueId:Issue
addComment           issues/create-comment @subjectId:Issue,PullRequest
deleteIssueComment   issues/delete-comment @id:IssueComment
addLabelsToLabelable issues/add-labels     @labelableId:Issue,PullRequest @labelIds:Label
createPullRequest    pulls/create          @repositoryId:Repository =headRefName:head =baseRefName:ref
updatePullRequest    pulls/update          @pullRequestId:PullRequest =baseRefName:ref
closePullRequest     pulls/update          @pullRequestId:PullRequest
reopenPullRequest    pulls/update          @pullRequestId:PullRequest
mergePullRequest     pulls/merge           @pullRequestId:PullRequest +pull_requests
addPullRequestReview pulls/create-review   @pullRequestId:PullRequest
createRef            git/create-ref        @repositoryId:Repository =name:ref
updateRef            git/update-ref        @refId:Ref
updateRef.force      git/update-ref.force  @refId:Ref
deleteRef            git/delete-ref        @refId:Ref
createCommitOnBranch repos/create-or-update-file-contents =branch.branchName:ref
createCommitOnBranch.workflow repos/create-or-update-file-contents.workflow =branch.branchName:ref
`

/** What of a repository is asked for. Each part is an operation, so that whoever may read issues need not read the code. */
const PARTS = `
query.repository          repos/get
query.repository.contents repos/get-content
query.repository.issues   issues/list-for-repo
query.repository.pulls    pulls/list
`

export const GRAPHQL_ENTRIES: readonly GraphqlEntry[] = `${MUTATIONS}${PARTS}`
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map(readLine)

const byName = new Map(GRAPHQL_ENTRIES.map((entry) => [entry.name, entry]))
export const graphqlEntryOf = (name: string): GraphqlEntry | undefined => byName.get(name)

/** `updateRef.force` is asked of GitHub as `updateRef`, `query.repository.issues` as `query.repository`. */
export const fieldName = (name: string): string =>
  name
    .split('.')
    .slice(0, name.startsWith('query.') ? 2 : 1)
    .join('.')

function readLine(line: string): GraphqlEntry {
  const [name = '', twinName = '', ...words] = line.trim().split(/\s+/)
  const twin = entryOf(twinName)
  if (!twin) throw new TypeError(`no twin ${twinName}`)
  const marked = (mark: string) => words.filter((each) => each.startsWith(mark)).map((each) => each.slice(1))
  const pairs = (mark: string) => marked(mark).map((each) => each.split(':') as [string, string])
  return {
    name,
    access: sortAccess(twin.access),
    permissions: { ...twin.permissions, ...Object.fromEntries(marked('+').map((each) => [each, 'read'])) },
    ids: new Map(
      pairs('@').map(([path, things]) => [path, THINGS.filter((each) => things.split(',').includes(each))]),
    ),
    forms: new Map(pairs('=').map(([path, form]) => [path, formOf(form)])),
  }
}
