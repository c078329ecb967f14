import {
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
  paginateListRolePolicies,
} from '@aws-sdk/client-iam'
import { BrokerError } from '@credbroker/core/errors'
import type { LeaseAtVendor, RevocationResult, VendorIo } from '../provider.ts'
import { parseRoleArn, type RoleArn } from './arn.ts'
import { type Aws, ask } from './client.ts'
import { type DenyPolicy, readDenyPolicy, writeDenyPolicy } from './deny-policy.ts'
import { faultName, isMissing } from './fault.ts'
import { type AwsHandle, MIN_SECONDS, SETTLE_SECONDS } from './session.ts'
import type { AwsSpec } from './spec.ts'

/** How long AWS may take until a change of IAM holds everywhere: "a few minutes", it says. */
const PROPAGATION_SECONDS = 300
/** Deny policies that a role keeps before those of sessions long over are taken away. */
const TIDY_ABOVE = 8
const DEAD: RevocationResult = { credentialDead: true, sessionsDead: true }
const ALIVE: RevocationResult = { credentialDead: false, sessionsDead: false }

/**
 * A session cannot be withdrawn, only denied everything, and that takes effect after a while: until then both answers are
 * no, and `deadBy` says when. Asked again after that, or after the session's own end, both are yes. `revoker` connects
 * with whatever may write the role's inline policies.
 */
export async function endSession(
  revoker: ((role: RoleArn) => Promise<Aws>) | undefined,
  lease: LeaseAtVendor<AwsSpec, AwsHandle>,
  io: VendorIo,
): Promise<RevocationResult> {
  const until = endOf(lease)
  const over = io.now() > until
  const role = parseRoleArn(lease.spec.roleArn)
  if (!role)
    throw new BrokerError('invalid_request', { problems: [{ at: 'spec.roleArn', message: 'a role' }] })
  if (!revoker)
    return over ? DEAD : { ...ALIVE, deadBy: until, remains: ['the root has no revoker: it ends by itself'] }
  if (over) {
    // Dead by itself: a denial that cannot be taken away now is left to the next one that tidies up.
    await withdraw(revoker, role, lease.name).catch(() => {})
    return DEAD
  }
  using aws = await revoker(role)
  // A role that is gone takes its sessions along, even if another one of its name comes later.
  if (!(await checkRole(aws, role))) return DEAD
  return deny(aws, role, lease.name, until, io.now())
}

async function withdraw(
  revoker: (role: RoleArn) => Promise<Aws>,
  role: RoleArn,
  name: string,
): Promise<void> {
  using aws = await revoker(role)
  await remove(aws, role, name)
}

/** Without the answer of the mint: the latest that AWS can have begun it, for the shortest that it issues or for what was asked. */
function endOf({ handle, expiresAt }: LeaseAtVendor<AwsSpec, AwsHandle>): Date {
  if (handle) return new Date(handle.until)
  return new Date(expiresAt.getTime() + (MIN_SECONDS + SETTLE_SECONDS) * 1000)
}

/** IAM takes the role's name in the account of the key: a key of another account would change a namesake. */
async function checkRole(aws: Aws, role: RoleArn): Promise<boolean> {
  try {
    const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName: role.name }), aws.call)
    if (Role?.Arn === role.arn) return true
  } catch (error) {
    if (!isMissing(error)) await ask('iam:GetRole by the revoker', Promise.reject(error))
    return false
  }
  throw new BrokerError('root_unusable', {
    detail: 'The revoker’s key belongs to another account than the role',
  })
}

async function deny(
  aws: Aws,
  role: RoleArn,
  name: string,
  until: Date,
  now: Date,
): Promise<RevocationResult> {
  const existing = await find(aws, role, name)
  const policy = existing && existing.until >= until ? existing : { writtenAt: now, until }
  if (policy !== existing && !(await put(aws, role, name, policy, now)))
    return {
      ...ALIVE,
      deadBy: until,
      remains: [`the role ${role.name} holds as many inline policies as AWS takes`],
    }
  const settled = new Date(policy.writtenAt.getTime() + PROPAGATION_SECONDS * 1000)
  if (now >= settled) return DEAD
  return {
    ...ALIVE,
    deadBy: settled < until ? settled : until,
    remains: ['AWS takes minutes to apply the denial'],
  }
}

async function find(
  { iam, call }: Aws,
  { name: RoleName }: RoleArn,
  PolicyName: string,
): Promise<DenyPolicy | undefined> {
  try {
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }), call)
    return readDenyPolicy(PolicyName, PolicyDocument)
  } catch (error) {
    if (isMissing(error)) return undefined
    return ask('iam:GetRolePolicy by the revoker', Promise.reject(error))
  }
}

/** False where the role has no room, and nothing could be taken away. */
async function put(aws: Aws, role: RoleArn, name: string, policy: DenyPolicy, now: Date): Promise<boolean> {
  const command = () =>
    new PutRolePolicyCommand({
      RoleName: role.name,
      PolicyName: name,
      PolicyDocument: writeDenyPolicy(name, policy),
    })
  const write = async () => {
    try {
      await aws.iam.send(command(), aws.call)
      return true
    } catch (error) {
      if (faultName(error) === 'LimitExceeded') return false
      return ask('iam:PutRolePolicy by the revoker', Promise.reject(error))
    }
  }
  const done = await write()
  const removed = await tidy(aws, role, name, now, done ? TIDY_ABOVE : 0)
  return done || (removed > 0 && (await write()))
}

/** Takes away denials of this deployment whose sessions are over. Only texts that we ourselves would have written. */
async function tidy(aws: Aws, role: RoleArn, name: string, now: Date, above: number): Promise<number> {
  const prefix = /^brk_[a-z0-9]+_/.exec(name)?.[0]
  if (prefix === undefined) return 0
  const names: string[] = []
  for await (const { PolicyNames } of paginateListRolePolicies(
    { client: aws.iam },
    { RoleName: role.name },
    aws.call,
  ))
    names.push(...(PolicyNames ?? []).filter((each) => each.startsWith(prefix)))
  if (names.length <= above) return 0
  let removed = 0
  for (const each of names) {
    const policy = await find(aws, role, each)
    if (policy && policy.until.getTime() + SETTLE_SECONDS * 1000 < now.getTime()) {
      await remove(aws, role, each)
      removed++
    }
  }
  return removed
}

async function remove({ iam, call }: Aws, { name: RoleName }: RoleArn, PolicyName: string): Promise<void> {
  try {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }), call)
  } catch (error) {
    if (!isMissing(error)) await ask('iam:DeleteRolePolicy by the revoker', Promise.reject(error))
  }
}
