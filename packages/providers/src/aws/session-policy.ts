import { expandAction } from './access.ts'
import { parseRoleArn } from './arn.ts'

/** AWS takes no longer inline session policy, counted as plain text. */
export const POLICY_LIMIT = 2048

/** The part of a scope that a policy is made from. */
export interface PolicySource {
  readonly roleArn: string
  readonly s3: readonly {
    readonly bucket: string
    readonly prefix?: string | undefined
    readonly access: 'read' | 'read-write'
  }[]
  readonly statements: readonly {
    readonly actions: readonly string[]
    readonly resources: readonly string[]
  }[]
}

export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface SessionPolicy {
  readonly text: string
  /** What it allows, as minted: names, and the patterns that were too long to spell out. */
  readonly allowed: readonly PolicyStatement[]
}

type Listed = Readonly<Record<'Action' | 'Resource', readonly string[]>> & Pick<PolicyStatement, 'Condition'>

/**
 * The session policy of a scope. Wildcards become the actions that AWS lists today, so that one added tomorrow is not
 * granted; only where that does not fit do they stay, and are assessed as the unknown that they are.
 */
export function buildSessionPolicy(spec: PolicySource): SessionPolicy {
  const asked = wanted(spec)
  const exact = render(
    spec.roleArn,
    asked.map((each) => ({ ...each, Action: [...new Set(each.Action.flatMap(expandAction))] })),
  )
  return exact.text.length <= POLICY_LIMIT ? exact : render(spec.roleArn, asked)
}

function wanted(spec: PolicySource): Listed[] {
  const buckets = spec.s3.flatMap(({ bucket, prefix = '', access }): Listed[] => {
    const arn = `arn:aws:s3:::${bucket}`
    const objects =
      access === 'read' ? ['s3:GetObject'] : ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload']
    return [
      {
        Action: ['s3:ListBucket'],
        Resource: [arn],
        ...(prefix && { Condition: { StringLike: { 's3:prefix': `${prefix}*` } } }),
      },
      { Action: objects, Resource: [`${arn}/${prefix}*`] },
    ]
  })
  return [
    ...buckets,
    ...spec.statements.map(({ actions, resources }) => ({ Action: actions, Resource: resources })),
  ]
}

function render(roleArn: string, statements: readonly Listed[]): SessionPolicy {
  const allowed = statements.map((each) => ({ Effect: 'Allow' as const, ...each }))
  const services = new Set(statements.flatMap(({ Action }) => Action.map((action) => action.split(':')[0])))
  const Statement = [
    ...allowed,
    ...guard(
      roleArn,
      [...services].map((service) => `${service}:*`),
    ),
  ]
  return { text: JSON.stringify({ Version: '2012-10-17', Statement: Statement.map(compact) }), allowed }
}

/**
 * Denied in every session, whatever the role or a policy on some resource allows: identities and further sessions, every
 * service that the scope does not name, and (I2) whatever belongs to another account.
 */
function guard(roleArn: string, services: readonly string[]): PolicyStatement[] {
  const account = parseRoleArn(roleArn)?.account ?? ''
  return [
    { Effect: 'Deny', Action: ['iam:*', 'sts:*', 'organizations:*', 'account:*'], Resource: ['*'] },
    { Effect: 'Deny', NotAction: services, Resource: ['*'] },
    {
      Effect: 'Deny',
      Action: ['*'],
      Resource: ['*'],
      Condition: { StringNotEqualsIfExists: { 'aws:ResourceAccount': account } },
    },
  ]
}

const compact = (statement: PolicyStatement): object =>
  Object.fromEntries(
    Object.entries(statement).map(([key, value]) => [
      key,
      Array.isArray(value) && value.length === 1 ? value[0] : value,
    ]),
  )
