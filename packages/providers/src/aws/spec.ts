import { z } from 'zod'
import { accountOf, parseRoleArn } from './arn.ts'
import { region } from './place.ts'
import { buildSessionPolicy, POLICY_LIMIT } from './session-policy.ts'

/** Services that the guard denies in every session: naming one would be granting nothing. */
const NEVER = new Set(['iam', 'sts', 'organizations', 'account'])

const action = z
  .string()
  .regex(/^[a-z0-9-]{1,64}:[A-Za-z0-9*?]{1,128}$/, '`service:Action`, with `*` and `?` in the action only')
  .refine(
    (text) => !NEVER.has(text.slice(0, text.indexOf(':'))),
    'iam, sts, organizations and account are never granted',
  )

const resource = z
  .string()
  .regex(
    /^(\*|arn:aws:[a-z0-9-]{1,64}:[a-z0-9-]{0,32}:(\d{12})?:[!#%-~]{1,900})$/,
    '`*`, or an ARN that spells out partition, service, region and account',
  )

const statement = z.strictObject({
  actions: z.array(action).min(1).max(60),
  resources: z.array(resource).min(1).max(30),
})

const bucket = z.strictObject({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket name'),
  prefix: z
    .string()
    .regex(/^[\w!.()/-]{1,256}$/, 'letters, digits and `/ - _ . ! ( )`')
    .optional(),
  access: z.enum(['read', 'read-write']).default('read'),
})

/** What a scope may do with one role: the session may do no more than this, and no more than the role. */
export const spec = z
  .strictObject({
    roleArn: z.string().refine((arn) => parseRoleArn(arn) !== undefined, 'the ARN of one role'),
    region: region.optional(),
    /** The usual thing in one line: list and read a bucket, or part of it, and write there. */
    s3: z.array(bucket).max(10).default([]),
    statements: z.array(statement).max(20).default([]),
  })
  .superRefine((value, ctx) => {
    const account = parseRoleArn(value.roleArn)?.account
    for (const [at, { resources }] of value.statements.entries())
      for (const [index, each] of resources.entries()) {
        const named = accountOf(each)
        if (/\d/.test(named) && named !== account)
          ctx.addIssue({
            code: 'custom',
            path: ['statements', at, 'resources', index],
            message: 'in another account than the role',
          })
      }
    if (value.s3.length + value.statements.length === 0)
      ctx.addIssue({ code: 'custom', message: '`s3` or `statements` must allow something' })
    else if (account && buildSessionPolicy(value).text.length > POLICY_LIMIT)
      ctx.addIssue({
        code: 'custom',
        path: ['statements'],
        message: `the session policy is longer than AWS takes (${POLICY_LIMIT} characters): name fewer actions and resources`,
      })
  })

export type AwsSpec = z.infer<typeof spec>
