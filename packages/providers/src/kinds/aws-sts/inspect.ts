import { parseRoleArn } from '../../aws/arn.ts'
import { connect } from '../../aws/client.ts'
import { whoAmI } from '../../aws/identity.ts'
import type { AwsKey } from '../../aws/place.ts'
import { ownStatements, rolesThatTrust } from '../../aws/policies.ts'
import { type Duty, reachOf } from '../../aws/reach.ts'
import type { Finding, Inspection, VendorIo } from '../../provider.ts'
import type { AwsRoot } from './root.ts'

/** Reads what both keys of a root can reach. What AWS does not let us read is no reach that we could vouch for. */
export async function inspectRoot(root: AwsRoot, io: VendorIo): Promise<Inspection> {
  const minter = await inspectKey(root, root, 'minter', io)
  const findings = [...minter.findings]
  if (root.sessionToken !== undefined) findings.push(CHAINED)
  if (!root.revoker) return { ...minter, findings: [...findings, NO_REVOKER] }
  const revoker = await inspectKey(root, root.revoker, 'revoker', io)
  return {
    reach: [...new Set([...minter.reach, ...revoker.reach])].sort(),
    complete: minter.complete && revoker.complete,
    identity: `${minter.identity}, revoker ${revoker.identity}`,
    findings: [...findings, ...revoker.findings],
  }
}

async function inspectKey(root: AwsRoot, key: AwsKey, duty: Duty, io: VendorIo): Promise<Inspection> {
  using aws = await connect(root, key, io)
  const identity = await whoAmI(aws)
  if (identity.kind === 'account-root')
    return { reach: [identity.account], complete: true, identity: identity.arn, findings: [ACCOUNT_ROOT] }
  const statements = await ownStatements(aws, identity)
  if (!statements) return { reach: [], complete: false, identity: identity.arn, findings: [unreadable(duty)] }
  const { anchors, bounded, findings } = reachOf(identity, statements, duty)
  const trusting = await rolesThatTrust(aws, identity)
  // Without the list of roles nothing narrower than the account is proven.
  const trusted = trusting?.map((arn) => parseRoleArn(arn)?.anchor ?? identity.account) ?? [identity.account]
  return {
    reach: [...new Set([...anchors, ...trusted])].sort(),
    complete: bounded,
    identity: identity.arn,
    findings: trusting ? findings : [...findings, ROLES_UNREADABLE],
  }
}

const CHAINED: Finding = {
  level: 'advice',
  code: 'root-is-a-session',
  message: 'The root is a session itself: it ends by itself, and what it mints lives an hour at most.',
}

const NO_REVOKER: Finding = {
  level: 'advice',
  code: 'no-early-revocation',
  message:
    'Without a revoker no session can be ended before its own end: a revoked lease lives until `dead_by`.',
}

const ACCOUNT_ROOT: Finding = {
  level: 'unsafe',
  code: 'account-root-user',
  message:
    'This is a key of the account’s root user, which no policy can limit: make an IAM user that may assume the roles.',
}

const ROLES_UNREADABLE: Finding = {
  level: 'advice',
  code: 'roles-unreadable',
  message:
    'The key may not list the account’s roles, so that only the account as a whole is known as its reach: allow iam:ListRoles where environments share an account.',
}

const unreadable = (duty: Duty): Finding => ({
  level: 'unsafe',
  code: 'policies-unreadable',
  message: `The ${duty}’s key may not read its own policies, so that its reach is unknown: allow iam:ListUserPolicies, iam:GetUserPolicy, iam:ListAttachedUserPolicies and iam:ListGroupsForUser on itself.`,
})
