import { type AssumeRoleCommandOutput, AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts'
import { BrokerError } from '@credbroker/core/errors'
import { connect } from '../../aws/client.ts'
import { faultName, vendorFault } from '../../aws/fault.ts'
import type { Assertion, VendorIo } from '../../provider.ts'
import type { FederatedRoot } from './root.ts'

const DOING = 'sts:AssumeRoleWithWebIdentity'

export interface Wanted {
  readonly roleArn: string
  readonly session: string
  readonly seconds: number
  /** A session policy: the session may do no more than this says. */
  readonly policy: string
}

/** @throws {BrokerError} `root_unusable` without an issuer to speak for the root */
export function asserted(io: VendorIo, as?: 'root' | 'stranger'): Promise<Assertion> {
  if (!io.assert)
    throw new BrokerError('root_unusable', { detail: 'There is no issuer to speak for this root' })
  return io.assert(as)
}

/** Trades an assertion for a session. The call is not signed: the assertion is all that AWS looks at. */
export async function assume(
  root: FederatedRoot,
  { token, issuer, subject }: Assertion,
  { roleArn, session, seconds, policy }: Wanted,
  io: VendorIo,
): Promise<AssumeRoleCommandOutput> {
  using aws = await connect(root, undefined, io)
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: roleArn,
    RoleSessionName: session,
    WebIdentityToken: token.expose(),
    DurationSeconds: seconds,
    Policy: policy,
  })
  try {
    return await aws.sts.send(command, aws.call)
  } catch (error) {
    throw faultOf(error, `${subject} of ${issuer}`)
  }
}

/** `who` is our own text: an operator has to find it in a trust policy. */
function faultOf(error: unknown, who: string): BrokerError {
  const say = (detail: string) => new BrokerError('vendor_refused', { detail, cause: error })
  switch (faultName(error)) {
    case 'AccessDenied':
      return say(
        `AWS denies ${DOING}: the role’s trust policy must allow it, sts:TagSession and sts:SetSourceIdentity to ${who}`,
      )
    case 'InvalidIdentityToken':
      return say(
        `AWS does not take the word of ${who}: the role’s account needs an IAM OIDC provider for exactly this issuer, with the audience sts.amazonaws.com, and AWS must be able to read its keys`,
      )
    case 'IDPCommunicationError':
      return say(`AWS cannot reach ${who}: its two documents must be open to the internet, over https`)
    case 'IDPRejectedClaim':
    case 'ExpiredToken':
      return say(`AWS rejects what ${who} says: is the broker’s clock right?`)
    default:
      return vendorFault(error, DOING)
  }
}

export const isAccessDenied = (error: unknown): boolean =>
  error instanceof BrokerError && faultName(error.details.cause) === 'AccessDenied'
