import { BrokerError } from '@credbroker/core/errors'
import { parseRoleArn, type RoleArn } from '../../aws/arn.ts'
import { type Aws, connect } from '../../aws/client.ts'
import type { AwsKey } from '../../aws/place.ts'
import { MIN_SECONDS } from '../../aws/session.ts'
import type { VendorIo } from '../../provider.ts'
import { asserted, assume } from './assume.ts'
import type { FederatedRoot } from './root.ts'

/** What ending sessions of one role needs, whatever the revoker's own role may do. */
const endingOnly = (role: RoleArn): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: [
        'iam:GetRole',
        'iam:ListRolePolicies',
        'iam:GetRolePolicy',
        'iam:PutRolePolicy',
        'iam:DeleteRolePolicy',
      ],
      Resource: role.arn,
    },
  })

/** Becomes the revoker for one role, for as short as AWS allows. Absent where the root has none. */
export function connectRevoker(
  root: FederatedRoot,
  io: VendorIo,
): ((role: RoleArn) => Promise<Aws>) | undefined {
  const { revokerRole } = root
  if (revokerRole === undefined) return undefined
  return async (role) => connect(root, await sessionOf(root, revokerRole, endingOnly(role), io), io)
}

/** A session for the broker's own use. @throws {BrokerError} `reach_refused` where AWS answers with another one */
export async function sessionOf(
  root: FederatedRoot,
  roleArn: string,
  policy: string,
  io: VendorIo,
): Promise<AwsKey> {
  const session = 'credbroker'
  const wanted = { roleArn, session, seconds: MIN_SECONDS, policy }
  const { Credentials, AssumedRoleUser } = await assume(root, await asserted(io), wanted, io)
  const role = parseRoleArn(roleArn)
  if (AssumedRoleUser?.Arn !== `arn:aws:sts::${role?.account}:assumed-role/${role?.name}/${session}`)
    throw new BrokerError('reach_refused', { detail: 'AWS answered with another role than was asked for' })
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {}
  if (!AccessKeyId || !SecretAccessKey || !SessionToken)
    throw new BrokerError('vendor_refused', { detail: 'AWS answered without a usable session' })
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}
