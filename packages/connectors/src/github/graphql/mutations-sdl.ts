/**
 * The mutations that have a twin in the catalogue of paths. Where GitHub takes an absence for a choice (the event of a review, the
 * branch of a commit by name or by id), the choice is required. None moves what it touches elsewhere.
 */
export const MUTATIONS_SDL = `
type Mutation {
  createIssue(input: CreateIssueInput!): CreateIssuePayload
  updateIssue(input: UpdateIssueInput!): UpdateIssuePayload
  closeIssue(input: CloseIssueInput!): CloseIssuePayload
  reopenIssue(input: ReopenIssueInput!): ReopenIssuePayload
  addComment(input: AddCommentInput!): AddCommentPayload
  deleteIssueComment(input: DeleteIssueCommentInput!): DeleteIssueCommentPayload
  addLabelsToLabelable(input: AddLabelsToLabelableInput!): AddLabelsToLabelablePayload
  createPullRequest(input: CreatePullRequestInput!): CreatePullRequestPayload
  updatePullRequest(input: UpdatePullRequestInput!): UpdatePullRequestPayload
  closePullRequest(input: ClosePullRequestInput!): ClosePullRequestPayload
  reopenPullRequest(input: ReopenPullRequestInput!): ReopenPullRequestPayload
  mergePullRequest(input: MergePullRequestInput!): MergePullRequestPayload
  addPullRequestReview(input: AddPullRequestReviewInput!): AddPullRequestReviewPayload
  createRef(input: CreateRefInput!): CreateRefPayload
  updateRef(input: UpdateRefInput!): UpdateRefPayload
  deleteRef(input: DeleteRefInput!): DeleteRefPayload
  createCommitOnBranch(input: CreateCommitOnBranchInput!): CreateCommitOnBranchPayload
}

input CreateIssueInput { clientMutationId: String repositoryId: ID! title: String! body: String labelIds: [ID!] }
input UpdateIssueInput { clientMutationId: String id: ID! title: String body: String state: IssueState labelIds: [ID!] }
input CloseIssueInput { clientMutationId: String issueId: ID! stateReason: IssueClosedStateReason }
input ReopenIssueInput { clientMutationId: String issueId: ID! }
input AddCommentInput { clientMutationId: String subjectId: ID! body: String! }
input DeleteIssueCommentInput { clientMutationId: String id: ID! }
input AddLabelsToLabelableInput { clientMutationId: String labelableId: ID! labelIds: [ID!]! }
input CreatePullRequestInput { clientMutationId: String repositoryId: ID! baseRefName: String! headRefName: String! title: String! body: String draft: Boolean = false maintainerCanModify: Boolean = true }
input UpdatePullRequestInput { clientMutationId: String pullRequestId: ID! title: String body: String state: PullRequestUpdateState baseRefName: String }
input ClosePullRequestInput { clientMutationId: String pullRequestId: ID! }
input ReopenPullRequestInput { clientMutationId: String pullRequestId: ID! }
input MergePullRequestInput { clientMutationId: String pullRequestId: ID! commitHeadline: String commitBody: String expectedHeadOid: GitObjectID mergeMethod: PullRequestMergeMethod = MERGE }
input AddPullRequestReviewInput { clientMutationId: String pullRequestId: ID! event: PullRequestReviewEvent! body: String commitOID: GitObjectID }
input CreateRefInput { clientMutationId: String repositoryId: ID! name: String! oid: GitObjectID! }
input UpdateRefInput { clientMutationId: String refId: ID! oid: GitObjectID! force: Boolean = false }
input DeleteRefInput { clientMutationId: String refId: ID! }
input CreateCommitOnBranchInput { clientMutationId: String branch: CommittableBranch! message: CommitMessage! expectedHeadOid: GitObjectID! fileChanges: FileChanges }
input CommittableBranch { repositoryNameWithOwner: String! branchName: String! }
input CommitMessage { headline: String! body: String }
input FileChanges { additions: [FileAddition!] = [] deletions: [FileDeletion!] = [] }
input FileAddition { path: String! contents: Base64String! }
input FileDeletion { path: String! }

type CreateIssuePayload { clientMutationId: String issue: Issue }
type UpdateIssuePayload { clientMutationId: String issue: Issue }
type CloseIssuePayload { clientMutationId: String issue: Issue }
type ReopenIssuePayload { clientMutationId: String issue: Issue }
type AddCommentPayload { clientMutationId: String commentEdge: IssueCommentEdge }
type DeleteIssueCommentPayload { clientMutationId: String }
type AddLabelsToLabelablePayload { clientMutationId: String }
type CreatePullRequestPayload { clientMutationId: String pullRequest: PullRequest }
type UpdatePullRequestPayload { clientMutationId: String pullRequest: PullRequest }
type ClosePullRequestPayload { clientMutationId: String pullRequest: PullRequest }
type ReopenPullRequestPayload { clientMutationId: String pullRequest: PullRequest }
type MergePullRequestPayload { clientMutationId: String pullRequest: PullRequest }
type AddPullRequestReviewPayload { clientMutationId: String pullRequestReview: PullRequestReview }
type CreateRefPayload { clientMutationId: String ref: Ref }
type UpdateRefPayload { clientMutationId: String ref: Ref }
type DeleteRefPayload { clientMutationId: String }
type CreateCommitOnBranchPayload { clientMutationId: String commit: Commit ref: Ref }
`
