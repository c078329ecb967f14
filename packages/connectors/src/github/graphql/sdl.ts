/**
 * What of GitHub’s GraphQL interface can be asked for: our own selection, in GitHub’s names. What is left out is the point. No
 * field leads from one repository to another (`headRepository`, `parent`, `repository`), to people and what they own, or to
 * anything by its id.
 *
 * @see https://docs.github.com/en/graphql/reference
 */
export const SDL = `
scalar Base64String
scalar DateTime
scalar GitObjectID
scalar GitTimestamp
scalar URI

type Query {
  repository(owner: String!, name: String!, followRenames: Boolean = false): Repository
}

type Repository {
  id: ID!
  databaseId: Int
  name: String!
  nameWithOwner: String!
  owner: RepositoryOwner!
  description: String
  url: URI!
  createdAt: DateTime!
  updatedAt: DateTime!
  pushedAt: DateTime
  isArchived: Boolean!
  isFork: Boolean!
  isPrivate: Boolean!
  mergeCommitAllowed: Boolean!
  rebaseMergeAllowed: Boolean!
  squashMergeAllowed: Boolean!
  deleteBranchOnMerge: Boolean!
  defaultBranchRef: Ref
  object(expression: String, oid: GitObjectID): GitObject
  ref(qualifiedName: String!): Ref
  refs(refPrefix: String!, query: String, direction: OrderDirection, first: Int, last: Int, after: String, before: String): RefConnection
  issue(number: Int!): Issue
  issues(first: Int, last: Int, after: String, before: String, filterBy: IssueFilters, labels: [String!], orderBy: IssueOrder, states: [IssueState!]): IssueConnection!
  label(name: String!): Label
  labels(first: Int, last: Int, after: String, before: String, query: String): LabelConnection
  pullRequest(number: Int!): PullRequest
  pullRequests(first: Int, last: Int, after: String, before: String, baseRefName: String, headRefName: String, labels: [String!], orderBy: IssueOrder, states: [PullRequestState!]): PullRequestConnection!
}

interface RepositoryOwner { id: ID! login: String! }
interface Actor { login: String! }
type Organization implements Actor & RepositoryOwner { id: ID! login: String! }
type User implements Actor & RepositoryOwner { id: ID! login: String! }
type Bot implements Actor { id: ID! login: String! }
type EnterpriseUserAccount implements Actor { id: ID! login: String! }
type Mannequin implements Actor { id: ID! login: String! }
type GitActor { date: GitTimestamp email: String name: String }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

interface GitObject { id: ID! oid: GitObjectID! abbreviatedOid: String! commitUrl: URI! }
type Commit implements GitObject {
  id: ID!
  oid: GitObjectID!
  abbreviatedOid: String!
  commitUrl: URI!
  url: URI!
  message: String!
  messageBody: String!
  messageHeadline: String!
  author: GitActor
  committer: GitActor
  authoredDate: DateTime!
  committedDate: DateTime!
  additions: Int!
  deletions: Int!
  changedFilesIfAvailable: Int
  tree: Tree!
  history(first: Int, last: Int, after: String, before: String, path: String, since: GitTimestamp, until: GitTimestamp): CommitHistoryConnection!
}
type Tree implements GitObject { id: ID! oid: GitObjectID! abbreviatedOid: String! commitUrl: URI! entries: [TreeEntry!] }
type TreeEntry { mode: Int! name: String! object: GitObject oid: GitObjectID! path: String size: Int! type: String! }
type Blob implements GitObject { id: ID! oid: GitObjectID! abbreviatedOid: String! commitUrl: URI! byteSize: Int! isBinary: Boolean isTruncated: Boolean! text: String }
type Tag implements GitObject { id: ID! oid: GitObjectID! abbreviatedOid: String! commitUrl: URI! message: String name: String! tagger: GitActor target: GitObject! }
type Ref { id: ID! name: String! prefix: String! target: GitObject }

type Label { id: ID! name: String! color: String! description: String url: URI! }
type Milestone { id: ID! number: Int! title: String! dueOn: DateTime url: URI! }
type Issue {
  id: ID!
  number: Int!
  title: String!
  body: String!
  bodyText: String!
  state: IssueState!
  stateReason: IssueStateReason
  url: URI!
  author: Actor
  closed: Boolean!
  closedAt: DateTime
  createdAt: DateTime!
  updatedAt: DateTime!
  locked: Boolean!
  milestone: Milestone
  assignees(first: Int, last: Int, after: String, before: String): UserConnection!
  comments(first: Int, last: Int, after: String, before: String): IssueCommentConnection!
  labels(first: Int, last: Int, after: String, before: String): LabelConnection
}
type IssueComment { id: ID! author: Actor body: String! bodyText: String! createdAt: DateTime! updatedAt: DateTime! url: URI! }
type PullRequest {
  id: ID!
  number: Int!
  title: String!
  body: String!
  bodyText: String!
  state: PullRequestState!
  url: URI!
  author: Actor
  baseRefName: String!
  baseRefOid: GitObjectID!
  headRefName: String!
  headRefOid: GitObjectID!
  additions: Int!
  deletions: Int!
  changedFiles: Int!
  closed: Boolean!
  closedAt: DateTime
  createdAt: DateTime!
  updatedAt: DateTime!
  isCrossRepository: Boolean!
  isDraft: Boolean!
  locked: Boolean!
  mergeable: MergeableState!
  merged: Boolean!
  mergedAt: DateTime
  mergeCommit: Commit
  milestone: Milestone
  reviewDecision: PullRequestReviewDecision
  assignees(first: Int, last: Int, after: String, before: String): UserConnection!
  comments(first: Int, last: Int, after: String, before: String): IssueCommentConnection!
  commits(first: Int, last: Int, after: String, before: String): PullRequestCommitConnection!
  files(first: Int, last: Int, after: String, before: String): PullRequestChangedFileConnection
  labels(first: Int, last: Int, after: String, before: String): LabelConnection
  reviews(first: Int, last: Int, after: String, before: String, states: [PullRequestReviewState!]): PullRequestReviewConnection
}
type PullRequestCommit { id: ID! commit: Commit! url: URI! }
type PullRequestChangedFile { additions: Int! changeType: PatchStatus! deletions: Int! path: String! }
type PullRequestReview { id: ID! author: Actor body: String! createdAt: DateTime! state: PullRequestReviewState! submittedAt: DateTime url: URI! }

${[
  'CommitHistory:Commit',
  'Issue:Issue',
  'IssueComment:IssueComment',
  'Label:Label',
  'PullRequest:PullRequest',
  'PullRequestChangedFile:PullRequestChangedFile',
  'PullRequestCommit:PullRequestCommit',
  'PullRequestReview:PullRequestReview',
  'Ref:Ref',
  'User:User',
]
  .map((pair) => pair.split(':'))
  .map(
    ([list, node]) => `
type ${list}Connection { edges: [${node}Edge] nodes: [${node}] pageInfo: PageInfo! totalCount: Int! }
type ${node}Edge { cursor: String! node: ${node} }`,
  )
  .join('')}

enum IssueClosedStateReason { COMPLETED NOT_PLANNED }
enum IssueOrderField { COMMENTS CREATED_AT UPDATED_AT }
enum IssueState { CLOSED OPEN }
enum IssueStateReason { COMPLETED DUPLICATE NOT_PLANNED REOPENED }
enum MergeableState { CONFLICTING MERGEABLE UNKNOWN }
enum OrderDirection { ASC DESC }
enum PatchStatus { ADDED CHANGED COPIED DELETED MODIFIED RENAMED }
enum PullRequestMergeMethod { MERGE REBASE SQUASH }
enum PullRequestReviewDecision { APPROVED CHANGES_REQUESTED REVIEW_REQUIRED }
enum PullRequestReviewEvent { APPROVE COMMENT REQUEST_CHANGES }
enum PullRequestReviewState { APPROVED CHANGES_REQUESTED COMMENTED DISMISSED PENDING }
enum PullRequestState { CLOSED MERGED OPEN }
enum PullRequestUpdateState { CLOSED OPEN }
input IssueFilters { assignee: String createdBy: String labels: [String!] mentioned: String since: DateTime states: [IssueState!] }
input IssueOrder { direction: OrderDirection! field: IssueOrderField! }
`
