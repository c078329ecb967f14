import type { Survey } from './survey.ts'

/** A file of the starter set, relative to its directory. */
export interface StarterFile {
  readonly path: string
  readonly text: string
}

/**
 * A configuration that is safe as it stands and useful after two edits: staging can be worked in, production gives
 * nothing out, and what needs a vendor's identity is there as a comment with real syntax.
 */
export const starterFiles = (found: Survey): StarterFile[] => [
  { path: 'broker.yaml', text: brokerYaml(found) },
  { path: 'policies/staging.cedar', text: STAGING_POLICY },
  ...CASES.map(([path, text]) => ({ path: `policies/tests/${path}`, text })),
]

export const agentName = (found: Survey): string => `${found.owner}-agent`

function brokerYaml(found: Survey): string {
  const { owner } = found
  const users = found.ownerEnrolled
    ? `# Humans. ${owner}, whose profile this is, is known to the broker already.
# users:
#   mia:
#     roles: [operator]
`
    : `# Humans. Roles: viewer reads, operator applies, approver approves, admin does everything.
users:
  ${owner}:
    roles: [viewer]
`
  return `# yaml-language-server: $schema=./broker.schema.json
#
# Check it:  broker policy check DIR && broker policy test DIR      Try it:  broker apply -f DIR --plan
version: 1

environments:
  # standard: reading and writing is free where a policy permits it; deleting, administration, secrets and running
  # code need a person. (disposable: no person needed. protected: changes to this file need one, too.)
  staging:
    tier: standard
    # What belongs to staging, as the vendors themselves name it. \`broker root check\` shows what a root reaches.
    # anchors:
    #   - { vendor: postgres, id: 7421965112345678901/${found.postgres?.database ?? 'orders'} }   # system identifier / database
    #   - { vendor: aws, id: "111122223333" }                      # account
  # protected: mints nothing until somebody can approve.
  production:
    tier: protected

${users}
# Non-human identities, each with a human who answers for it. Then: broker agent invite ${agentName(found)}
agents:
  ${agentName(found)}:
    owner: ${owner}
    maxTask: 2h

${roots(found)}`
}

const roots = (
  found: Survey,
): string => `# Long-lived credentials, by reference only. They go in once, and nothing ever shows them again.
${gitNote(found)}# roots:
#   orders-db:${found.postgres ? '                      # this shell has PostgreSQL variables: that database may be a first one' : ''}
#     provider: postgres-role
#     environment: staging
#     owner: ${found.owner}
#     service: the orders database
#     secret: file:/run/secrets/orders-db    # postgres://role:password@host:5432/${found.postgres?.database ?? 'orders'}?sslmode=verify-full
#   reports:${awsNote(found)}
#     provider: aws-sts
#     environment: staging
#     owner: ${found.owner}
#     secret: file:/run/secrets/reports      # {"accessKeyId": …, "secretAccessKey": …, "region": "${found.awsProfiles[0]?.region ?? 'eu-central-1'}"}

# Named least-privilege slices of a root. This is what agents ask for.
# scopes:
#   orders-ro:
#     root: orders-db
#     environment: staging
#     maxTtl: 15m
#     allow: { template: read-only, schemas: [public] }
#   reports-rw:
#     root: reports
#     environment: staging
#     maxTtl: 1h
#     allow:
#       roleArn: arn:aws:iam::111122223333:role/reports
#       s3: [{ bucket: acme-reports-staging, prefix: drafts/, access: read-write }]
`

const gitNote = (found: Survey): string =>
  found.gitTree === undefined
    ? ''
    : '# This folder is in git, where it should be; credential files inside it are refused.\n'

const awsNote = (found: Survey): string =>
  found.awsProfiles.length === 0
    ? ''
    : `                        # this machine has AWS profiles: ${found.awsProfiles.map(({ name }) => name).join(', ')}`

const STAGING_POLICY = `// What is not permitted is denied. Guardrails that ship with the broker forbid on top of this, whatever it says:
// a task never leaves its environment, and danger (delete, admin, secret, execute) needs a person.

@id("staging-read-write")
permit(
  principal,
  action in [Action::"read", Action::"write"],
  resource in Environment::"staging"
);

// To let one team read in production, once somebody can approve there:
//
// @id("payments-reads-production")
// permit(
//   principal in Team::"payments",
//   action in Action::"read",
//   resource in Environment::"production"
// )
// when { context.ttlSeconds <= 900 };
`

const CASES: readonly (readonly [path: string, text: string])[] = [
  [
    'PERMIT/reads-in-staging.yaml',
    'name: an agent reads in staging\nagent: any\nscope: orders-ro\nenvironment: staging\ntier: standard\naccess: read\ndecidedBy: staging-read-write\n',
  ],
  [
    'PERMIT/writes-in-staging.yaml',
    'name: an agent writes in staging\nagent: any\nscope: orders-rw\nenvironment: staging\ntier: standard\naccess: write\n',
  ],
  [
    'DENY/deletes-in-staging.yaml',
    'name: nobody deletes in staging\nagent: any\nscope: orders-admin\nenvironment: staging\ntier: standard\naccess: delete\n',
  ],
  [
    'DENY/reads-in-production.yaml',
    'name: nobody reads in production\nagent: any\nscope: orders-live-ro\nenvironment: production\naccess: read\n',
  ],
  [
    'DENY/staging-task-reaches-production.yaml',
    'name: a staging task never reaches production\nagent: any\nscope: orders-live-ro\nenvironment: production\naccess: read\ntask: { environment: staging }\ndecidedBy: guardrail:environment-holds\n',
  ],
]
