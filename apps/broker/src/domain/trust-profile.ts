import type { ClaimTest, IssuerAlgorithm, IssuerProfile } from '@credbroker/core/config/trust'
import { type Claims, claimAt, type FlatTest } from './trust-rule.ts'

/** What is special about the tokens of one platform. */
export interface TrustProfile {
  /** What it signs with unless the configuration says otherwise. */
  readonly algorithms: readonly IssuerAlgorithm[]
  /** Values of the header's `typ` besides a missing one. */
  readonly typ: readonly string[]
  /** Values of a key's `use` besides a missing one. */
  readonly use: readonly string[]
  /** For people: what a rule must bind at least. */
  readonly required: string
  /** Whether the rule names whose workload it is by something that nobody else can get later. */
  readonly isAnchored: (tests: readonly FlatTest[]) => boolean
  /** The first test that lets whoever asks for the token decide. */
  readonly misplaced?: (tests: readonly FlatTest[]) => FlatTest | undefined
  /** Whether a token is refused although every test holds. */
  readonly refuses?: (token: Claims, tests: readonly FlatTest[]) => boolean
}

const K8S = 'kubernetes.io'
const AWS = 'https://sts.amazonaws.com/'
const common = { algorithms: ['RS256', 'ES256'], typ: ['JWT'], use: ['sig'] } as const

/** Started by people who may write to the repository. Others, or none, have to be named by the rule. */
const TRUSTED_EVENTS: ReadonlySet<unknown> = new Set([
  'push',
  'workflow_dispatch',
  'repository_dispatch',
  'schedule',
  'release',
  'deployment',
  'merge_group',
])

/** The same at GitLab. A merge request of a fork may run in the target, and so may the pipelines that it starts. */
const TRUSTED_SOURCES: ReadonlySet<unknown> = new Set(['push', 'web', 'schedule', 'api', 'trigger'])

export const TRUST_PROFILES: Readonly<Record<IssuerProfile, TrustProfile>> = {
  // docs.github.com, "OpenID Connect reference". Names of owners and repositories are given to others later; ids are not.
  'github-actions': {
    ...common,
    required: '`repository_id`, or `repository_owner_id` and `job_workflow_ref`, exactly',
    isAnchored: (tests) =>
      binds(tests, 'repository_id') ||
      (binds(tests, 'repository_owner_id') && binds(tests, 'job_workflow_ref')),
    refuses: (token, tests) =>
      !TRUSTED_EVENTS.has(claimAt(token, ['event_name'])) && !binds(tests, 'event_name'),
  },
  // docs.gitlab.com, "ID token authentication": token payload.
  gitlab: {
    ...common,
    required: '`project_id` or `namespace_id`, exactly',
    isAnchored: (tests) => binds(tests, 'project_id') || binds(tests, 'namespace_id'),
    refuses: (token, tests) =>
      !TRUSTED_SOURCES.has(claimAt(token, ['pipeline_source'])) && !binds(tests, 'pipeline_source'),
  },
  // kubernetes.io, "Managing Service Accounts". Legacy tokens have no `exp` and are refused with every profile.
  kubernetes: {
    ...common,
    required: '`kubernetes.io`: `namespace` and `serviceaccount`: `uid`, exactly',
    isAnchored: (tests) => binds(tests, K8S, 'namespace') && binds(tests, K8S, 'serviceaccount', 'uid'),
  },
  // AWS IAM User Guide, "Understanding token claims". The token carries the role's ARN and no unique id.
  aws: {
    ...common,
    algorithms: ['RS256', 'ES384'],
    required: '`https://sts.amazonaws.com/`: `aws_account`, and `sub` (the role), exactly',
    isAnchored: (tests) => binds(tests, AWS, 'aws_account') && binds(tests, 'sub'),
    misplaced: (tests) => tests.find(({ path }) => path[0] === AWS && path[1] === 'request_tags'),
  },
  // SPIFFE JWT-SVID §2 and §3: `typ` JWT or JOSE, `use` jwt-svid.
  spiffe: {
    algorithms: ['RS256', 'PS256', 'ES256', 'ES384'],
    typ: ['JWT', 'JOSE'],
    use: ['sig', 'jwt-svid'],
    required: '`sub`: a SPIFFE id, or a glob whose trust domain is literal',
    isAnchored: (tests) => tests.some(({ path, test }) => path.join() === 'sub' && isSpiffe(test)),
  },
  oidc: {
    ...common,
    required: '`sub`, exactly',
    isAnchored: (tests) => binds(tests, 'sub'),
  },
}

/** Whether the claim must be one of given texts. */
const binds = (tests: readonly FlatTest[], ...path: readonly string[]): boolean =>
  tests.some((one) => samePath(one.path, path) && (typeof one.test === 'string' || Array.isArray(one.test)))

const samePath = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name, i) => name === other[i])

const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]+\/./

function isSpiffe(test: ClaimTest): boolean {
  if (typeof test === 'string') return SPIFFE_ID.test(test)
  if (Array.isArray(test)) return test.every((id) => SPIFFE_ID.test(id))
  return typeof test === 'object' && 'glob' in test && SPIFFE_ID.test(test.glob)
}
