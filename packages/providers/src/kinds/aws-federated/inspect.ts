import { BrokerError } from '@credbroker/core/errors'
import { parseRoleArn } from '../../aws/arn.ts'
import { connect } from '../../aws/client.ts'
import { whoAmI } from '../../aws/identity.ts'
import { ownStatements } from '../../aws/policies.ts'
import { reachOf } from '../../aws/reach.ts'
import { MIN_SECONDS } from '../../aws/session.ts'
import type { Finding, Inspection, VendorIo } from '../../provider.ts'
import { asserted, assume, isAccessDenied } from './assume.ts'
import { sessionOf } from './revoker.ts'
import type { FederatedRoot } from './root.ts'

/** Allows what reads the session's own role, and nothing else. */
const READING = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Action: [
      'iam:ListRolePolicies',
      'iam:GetRolePolicy',
      'iam:ListAttachedRolePolicies',
      'iam:GetPolicy',
      'iam:GetPolicyVersion',
    ],
    Resource: '*',
  },
})

/**
 * Becomes each role, and asks AWS who that is: the roles are the whole reach, since nothing else is ever asked for. Then tries
 * what must be refused: a subject that no operator would name.
 */
export async function inspectRoot(root: FederatedRoot, io: VendorIo): Promise<Inspection> {
  const { roles, revokerRole } = root
  const reach = new Set<string>()
  const findings = new Map<string, Finding>()
  const note = (finding: Finding) => findings.set(finding.code + finding.message, finding)
  let complete = true
  for (const arn of roles) {
    await identify(root, arn, io)
    reach.add(anchorOf(arn))
  }
  if (revokerRole === undefined) note(NO_REVOKER)
  else {
    const revoker = await inspectRevoker(root, revokerRole, io)
    for (const anchor of revoker.reach) reach.add(anchor)
    complete = revoker.complete
    for (const finding of revoker.findings) note(finding)
  }
  for (const arn of revokerRole === undefined ? roles : [...roles, revokerRole])
    if (await trustsAnybody(root, arn, io)) note(subjectNotPinned(arn))
  const { issuer, subject } = await asserted(io)
  return {
    reach: [...reach].sort(),
    complete,
    identity: `${subject} of ${issuer}`,
    findings: [...findings.values()],
  }
}

const anchorOf = (arn: string): string => parseRoleArn(arn)?.anchor ?? ''

/** The word of STS about the session, besides the one in its answer. */
async function identify(root: FederatedRoot, arn: string, io: VendorIo) {
  using aws = await connect(root, await sessionOf(root, arn, READING, io), io)
  const identity = await whoAmI(aws)
  const role = parseRoleArn(arn)
  if (identity.kind !== 'role' || identity.account !== role?.account || identity.name !== role.name)
    throw new BrokerError('reach_refused', { detail: 'AWS says that the session is another role’s' })
  return identity
}

/** The revoker's own rights are used unnarrowed by any scope, so they are its reach. */
async function inspectRevoker(root: FederatedRoot, arn: string, io: VendorIo): Promise<Inspection> {
  const identity = await identify(root, arn, io)
  using aws = await connect(root, await sessionOf(root, arn, READING, io), io)
  const statements = await ownStatements(aws, identity)
  const own = anchorOf(arn)
  if (!statements) return { reach: [own], complete: false, identity: arn, findings: [REVOKER_UNREADABLE] }
  const { anchors, bounded, findings } = reachOf(identity, statements, 'revoker')
  return { reach: [own, ...anchors], complete: bounded, identity: arn, findings }
}

/** The session that a too trusting role hands out is denied everything and dropped. */
async function trustsAnybody(root: FederatedRoot, roleArn: string, io: VendorIo): Promise<boolean> {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Action: '*', Resource: '*' },
  })
  const wanted = { roleArn, session: 'credbroker-stranger', seconds: MIN_SECONDS, policy }
  try {
    await assume(root, await asserted(io, 'stranger'), wanted, io)
    return true
  } catch (error) {
    if (isAccessDenied(error)) return false
    throw error
  }
}

const NO_REVOKER: Finding = {
  level: 'advice',
  code: 'no-early-revocation',
  message:
    'Without a revokerRole no session can be ended before its own end: a revoked lease lives until `dead_by`.',
}

const REVOKER_UNREADABLE: Finding = {
  level: 'unsafe',
  code: 'policies-unreadable',
  message:
    'The revoker’s role may not read its own policies, so that its reach is unknown: allow iam:ListRolePolicies, iam:GetRolePolicy and iam:ListAttachedRolePolicies on itself.',
}

const subjectNotPinned = (arn: string): Finding => ({
  level: 'over-broad',
  code: 'subject-not-pinned',
  message: `The role ${arn} trusts every subject of this issuer, and with it every root of the environment: give its trust policy the condition StringEquals on the issuer’s :sub.`,
})
