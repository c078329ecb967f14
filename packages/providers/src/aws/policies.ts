import {
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  paginateListAttachedGroupPolicies,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListGroupPolicies,
  paginateListGroupsForUser,
  paginateListRolePolicies,
  paginateListRoles,
  paginateListUserPolicies,
} from '@aws-sdk/client-iam'
import { BrokerError } from '@credbroker/core/errors'
import { z } from 'zod'
import { parseRoleArn } from './arn.ts'
import { type Aws, ask } from './client.ts'
import { isDenied } from './fault.ts'
import type { Identity } from './identity.ts'

const listed = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]))

const statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: listed.optional(),
  NotAction: listed.optional(),
  Resource: listed.optional(),
  NotResource: listed.optional(),
  Principal: z.union([z.literal('*'), z.record(z.string(), listed)]).optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
})

const document = z.object({
  Statement: z
    .union([statement, z.array(statement)])
    .transform((value) => (Array.isArray(value) ? value : [value])),
})

/** One statement of a policy as IAM holds it. */
export type Statement = z.infer<typeof statement>

function parse(encoded: string | undefined): readonly Statement[] {
  try {
    return document.parse(JSON.parse(decodeURIComponent(encoded ?? ''))).Statement
  } catch {
    // Whatever cannot be read may allow anything.
    return [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }]
  }
}

/** `undefined` where AWS denies the reading. */
async function ifAllowed<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (isDenied(error instanceof BrokerError ? error.details.cause : error)) return undefined
    throw error
  }
}

/** Every statement that an identity carries itself or through its groups; `undefined` where it may not read them. */
export const ownStatements = (aws: Aws, identity: Identity): Promise<readonly Statement[] | undefined> =>
  ifAllowed(ask('reading the key’s own policies', read(aws, identity)))

async function read(aws: Aws, identity: Identity): Promise<readonly Statement[] | undefined> {
  if (identity.kind === 'user') return ofUser(aws, identity.name)
  if (identity.kind === 'role') return ofRole(aws, identity.name)
  return undefined
}

async function ofUser({ iam, call }: Aws, UserName: string): Promise<readonly Statement[]> {
  const found: Statement[] = []
  for await (const { PolicyNames } of paginateListUserPolicies({ client: iam }, { UserName }, call))
    for (const PolicyName of PolicyNames ?? [])
      found.push(
        ...parse((await iam.send(new GetUserPolicyCommand({ UserName, PolicyName }), call)).PolicyDocument),
      )
  for await (const { AttachedPolicies } of paginateListAttachedUserPolicies(
    { client: iam },
    { UserName },
    call,
  ))
    for (const { PolicyArn } of AttachedPolicies ?? [])
      found.push(...(await managed({ iam, call }, PolicyArn)))
  for await (const { Groups } of paginateListGroupsForUser({ client: iam }, { UserName }, call))
    for (const { GroupName } of Groups ?? []) found.push(...(await ofGroup({ iam, call }, GroupName ?? '')))
  return found
}

async function ofGroup(
  { iam, call }: Pick<Aws, 'iam' | 'call'>,
  GroupName: string,
): Promise<readonly Statement[]> {
  const found: Statement[] = []
  for await (const { PolicyNames } of paginateListGroupPolicies({ client: iam }, { GroupName }, call))
    for (const PolicyName of PolicyNames ?? [])
      found.push(
        ...parse((await iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName }), call)).PolicyDocument),
      )
  for await (const { AttachedPolicies } of paginateListAttachedGroupPolicies(
    { client: iam },
    { GroupName },
    call,
  ))
    for (const { PolicyArn } of AttachedPolicies ?? [])
      found.push(...(await managed({ iam, call }, PolicyArn)))
  return found
}

async function ofRole({ iam, call }: Aws, RoleName: string): Promise<readonly Statement[]> {
  const found: Statement[] = []
  for await (const { PolicyNames } of paginateListRolePolicies({ client: iam }, { RoleName }, call))
    for (const PolicyName of PolicyNames ?? [])
      found.push(
        ...parse((await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }), call)).PolicyDocument),
      )
  for await (const { AttachedPolicies } of paginateListAttachedRolePolicies(
    { client: iam },
    { RoleName },
    call,
  ))
    for (const { PolicyArn } of AttachedPolicies ?? [])
      found.push(...(await managed({ iam, call }, PolicyArn)))
  return found
}

async function managed({ iam, call }: Pick<Aws, 'iam' | 'call'>, PolicyArn: string | undefined) {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }), call)
  const version = new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId })
  return parse((await iam.send(version, call)).PolicyVersion?.Document)
}

/**
 * The roles of the identity's own account whose trust names it, by ARN or as anybody. Inside one account that is enough
 * to assume them: no policy of the identity's own is needed. `undefined` where the roles may not be listed.
 */
export const rolesThatTrust = (aws: Aws, identity: Identity): Promise<readonly string[] | undefined> =>
  ifAllowed(
    ask(
      'iam:ListRoles',
      (async () => {
        const found: string[] = []
        for await (const { Roles } of paginateListRoles({ client: aws.iam, pageSize: 500 }, {}, aws.call))
          for (const { Arn = '', AssumeRolePolicyDocument } of Roles ?? [])
            if (
              parse(AssumeRolePolicyDocument).some((each) => each.Effect === 'Allow' && names(each, identity))
            )
              found.push(Arn)
        return found
      })(),
    ),
  )

function names({ Principal, Action }: Statement, identity: Identity): boolean {
  // An unreadable trust policy has no principal and every action.
  if (Principal === undefined) return Action?.includes('*') ?? false
  if (Principal === '*') return true
  return (Principal['AWS'] ?? []).some(
    (who) => who === '*' || who === identity.arn || isRoleOf(identity, who),
  )
}

/** A session's ARN does not show the path of its role. */
function isRoleOf(identity: Identity, who: string): boolean {
  const role = parseRoleArn(who)
  return identity.kind === 'role' && role?.account === identity.account && role.name === identity.name
}
