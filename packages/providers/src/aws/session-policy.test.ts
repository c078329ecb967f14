import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches, parseRoleArn } from './arn.ts'
import { assessSpec } from './assess.ts'
import { buildSessionPolicy, POLICY_LIMIT } from './session-policy.ts'
import { spec } from './spec.ts'

const ACCOUNT = '111111111111'
const roleArn = `arn:aws:iam::${ACCOUNT}:role/agents/reader`

interface Rule {
  Effect: string
  Action?: string | string[]
  NotAction?: string | string[]
  Resource: string | string[]
  Condition?: { StringNotEqualsIfExists?: { 'aws:ResourceAccount': string } }
}
const list = (value: string | string[] = []) => (Array.isArray(value) ? value : [value])

/** Decides as IAM does, for a resource of a given account. A condition on a prefix is taken to hold. */
function allows(text: string, action: string, resource: string, account = ACCOUNT): boolean {
  const rules = (JSON.parse(text) as { Statement: Rule[] }).Statement.filter(
    ({ Action, NotAction, Resource, Condition }) =>
      (NotAction
        ? !list(NotAction).some((each) => matches(each, action))
        : list(Action).some((each) => matches(each, action))) &&
      list(Resource).some((each) => matches(each, resource)) &&
      Condition?.StringNotEqualsIfExists?.['aws:ResourceAccount'] !== account,
  )
  return rules.some(({ Effect }) => Effect === 'Allow') && !rules.some(({ Effect }) => Effect === 'Deny')
}

const actions = fc.constantFrom(
  's3:GetObject',
  's3:Put*',
  's3:*Object',
  'sqs:SendMessage',
  'sqs:*',
  'logs:Get*',
  'quantum:*',
  'dynamodb:GetItem',
  's3:getobject',
  'ssm:Get?arameter',
)
const resources = fc.constantFrom(
  '*',
  'arn:aws:s3:::reports/*',
  'arn:aws:s3:::reports',
  `arn:aws:sqs:eu-central-1:${ACCOUNT}:jobs`,
  'arn:aws:s3:::r?ports/a',
)
const specs = fc
  .record({
    roleArn: fc.constant(roleArn),
    s3: fc.array(
      fc.record(
        {
          bucket: fc.constantFrom('reports', 'ledger'),
          prefix: fc.constantFrom('march/', 'a'),
          access: fc.constantFrom('read', 'read-write'),
        },
        { requiredKeys: ['bucket'] },
      ),
      { maxLength: 2 },
    ),
    statements: fc.array(
      fc.record({
        actions: fc.array(actions, { minLength: 1, maxLength: 3 }),
        resources: fc.array(resources, { minLength: 1, maxLength: 2 }),
      }),
      { maxLength: 3 },
    ),
  })
  .map((value) => spec.safeParse(value))
  .filter((result) => result.success)
  .map(({ data }) => data as NonNullable<typeof data>)

const tried = fc.tuple(
  fc.constantFrom(
    's3:GetObject',
    's3:PutObject',
    's3:DeleteObject',
    's3:ListBucket',
    's3:PutBucketPolicy',
    'sqs:SendMessage',
    'sqs:DeleteQueue',
    'logs:GetLogEvents',
    'ec2:RunInstances',
    'quantum:Leap',
    'ssm:GetParameter',
    'iam:PassRole',
    'iam:CreateUser',
    'sts:AssumeRole',
    'organizations:LeaveOrganization',
  ),
  fc.constantFrom(
    '*',
    'arn:aws:s3:::reports',
    'arn:aws:s3:::reports/a',
    'arn:aws:s3:::reports/march/x',
    'arn:aws:s3:::ledger/x',
    `arn:aws:sqs:eu-central-1:${ACCOUNT}:jobs`,
  ),
)

describe('the session policy of a scope', () => {
  it('I2 is never broader than the scope', () => {
    fc.assert(
      fc.property(specs, tried, (value, [action, resource]) => {
        if (!allows(buildSessionPolicy(value).text, action, resource)) return
        const asked = value.statements.some(
          (each) =>
            each.actions.some((one) => matches(one, action)) &&
            each.resources.some((one) => matches(one, resource)),
        )
        const template = value.s3.some(
          ({ bucket, prefix = '', access }) =>
            (action === 's3:ListBucket' && resource === `arn:aws:s3:::${bucket}`) ||
            (resource.startsWith(`arn:aws:s3:::${bucket}/${prefix}`) &&
              (action === 's3:GetObject' || (access === 'read-write' && action === 's3:PutObject'))),
        )
        expect(asked || template).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  it('I4b allows nothing that was not assessed', () => {
    fc.assert(
      fc.property(specs, tried, (value, [action, resource]) => {
        if (!allows(buildSessionPolicy(value).text, action, resource)) return
        const one = spec.parse({ roleArn, statements: [{ actions: [action], resources: ['*'] }] })
        expect(assessSpec(value).access).toEqual(expect.arrayContaining([...assessSpec(one).access]))
      }),
      { numRuns: 400 },
    )
  })

  it('always carries the guard: no identities, no further sessions, no other service, no other account', () => {
    fc.assert(
      fc.property(specs, tried, (value, [action, resource]) => {
        const { text, allowed } = buildSessionPolicy(value)
        expect(text.length).toBeLessThanOrEqual(POLICY_LIMIT)
        expect(text).toMatch(/^[ -~]*$/)
        const denials = (JSON.parse(text) as { Statement: Rule[] }).Statement.filter(
          ({ Effect }) => Effect === 'Deny',
        )
        expect(denials[0]?.Action).toEqual(['iam:*', 'sts:*', 'organizations:*', 'account:*'])
        expect(denials).toHaveLength(3)
        expect(allows(text, action, resource, '222222222222')).toBe(false)
        const services = new Set(
          allowed.flatMap(({ Action = [] }) => Action.map((each) => each.split(':')[0])),
        )
        if (!services.has(action.split(':')[0] as string)) expect(allows(text, action, resource)).toBe(false)
      }),
    )
  })

  it('spells wildcards out, and keeps them only where that is too long', () => {
    const of = (action: string) =>
      spec.parse({ roleArn, statements: [{ actions: [action], resources: ['*'] }] })
    expect(buildSessionPolicy(of('sqs:Get*')).allowed[0]?.Action).toEqual([
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
    ])
    expect(assessSpec(of('sqs:Get*')).access).toEqual(['read'])
    expect(buildSessionPolicy(of('ec2:Describe*')).allowed[0]?.Action).toEqual(['ec2:Describe*'])
    expect(assessSpec(of('ec2:Describe*')).access).toContain('admin')
  })

  it('evidence names each level above read, and says that writing replaces', () => {
    const value = spec.parse({ roleArn, s3: [{ bucket: 'reports', access: 'read-write' }] })
    const { access, evidence, reach } = assessSpec(value)
    expect(access).toEqual(['read', 'write'])
    expect(evidence[0]?.because).toContain('s3:GetObject'.slice(0, 3))
    expect(evidence.some(({ because }) => because.includes('replaces what is there'))).toBe(true)
    expect(reach).toEqual([`${ACCOUNT}/role/agents/reader`])
  })
})

describe('a scope is read strictly', () => {
  const statements = [{ actions: ['s3:GetObject'], resources: ['*'] }]
  const problems = (value: object) =>
    spec.safeParse({ roleArn, statements, ...value }).error?.issues[0]?.message

  it.each([
    ['nothing allowed', { statements: [] }],
    ['all actions of all services', { statements: [{ actions: ['*'], resources: ['*'] }] }],
    ['a wildcard for the service', { statements: [{ actions: ['*:Get*'], resources: ['*'] }] }],
    ['identities', { statements: [{ actions: ['iam:PassRole'], resources: ['*'] }] }],
    ['sessions', { statements: [{ actions: ['sts:AssumeRole'], resources: ['*'] }] }],
    [
      'a resource of another account',
      {
        statements: [
          { actions: ['sqs:SendMessage'], resources: ['arn:aws:sqs:eu-central-1:222222222222:jobs'] },
        ],
      },
    ],
    [
      'a wildcard for the account',
      { statements: [{ actions: ['sqs:SendMessage'], resources: ['arn:aws:sqs:*:*:jobs'] }] },
    ],
    [
      'a variable in a resource',
      {
        statements: [
          { actions: ['s3:GetObject'], resources: [['arn:aws:s3:::$', '{aws:username}/*'].join('')] },
        ],
      },
    ],
    ['a pattern in a prefix', { s3: [{ bucket: 'reports', prefix: '*' }] }],
    ['a pattern in a bucket', { s3: [{ bucket: 're*ts' }] }],
    ['a condition of its own', { statements: [{ ...statements[0], conditions: {} }] }],
    [
      'a policy too long for AWS',
      {
        statements: Array.from({ length: 20 }, () => ({
          actions: ['s3:GetObject'],
          resources: [`arn:aws:s3:::${'x'.repeat(200)}`],
        })),
      },
    ],
  ])('refused: %s', (_name, value) => {
    expect(problems(value)).toBeDefined()
  })

  it.each([
    'arn:aws:iam::111111111111:role/*',
    'arn:aws:iam::*:role/reader',
    'arn:aws:iam::111111111111:user/reader',
    'arn:aws:iam::11111111111:role/reader',
    'arn:aws-cn:iam::111111111111:role/reader',
    'arn:aws:iam::111111111111:role/',
    'arn:aws:iam::111111111111:role//reader',
    'arn:aws:iam::111111111111:role/reader\n',
    'arn:aws:iam::111111111111:role/reader" }',
    'arn:aws:sts::111111111111:assumed-role/reader/x',
    'ARN:aws:iam::111111111111:role/reader',
  ])('a hostile role is none: %j', (arn) => {
    expect(parseRoleArn(arn)).toBeUndefined()
    expect(problems({ roleArn: arn })).toBeDefined()
  })
})
