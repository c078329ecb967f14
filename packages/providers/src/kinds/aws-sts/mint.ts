import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
} from '@aws-sdk/client-sts'
import { BrokerError } from '@credbroker/core/errors'
import { type Aws, connect } from '../../aws/client.ts'
import { faultName, vendorFault } from '../../aws/fault.ts'
import {
  type AwsHandle,
  durationOf,
  HOUR,
  MAX_SECONDS,
  mintedSession,
  roleWithin,
  sourceIdentity,
} from '../../aws/session.ts'
import { buildSessionPolicy } from '../../aws/session-policy.ts'
import type { AwsSpec } from '../../aws/spec.ts'
import type { Minted, MintOrder, VendorIo } from '../../provider.ts'
import type { AwsRoot } from './root.ts'

export async function mintSession(
  root: AwsRoot,
  spec: AwsSpec,
  order: MintOrder,
  io: VendorIo,
): Promise<Minted<AwsHandle>> {
  const role = roleWithin(spec, order.within)
  const seconds = durationOf(order, io.now(), root.sessionToken === undefined ? MAX_SECONDS : HOUR)
  using aws = await connect(root, root, io)
  const answer = await assume(aws, request(root, spec, order, seconds))
  return mintedSession(root, spec, role, order.name, answer, io.now())
}

const request = (
  root: AwsRoot,
  spec: AwsSpec,
  order: MintOrder,
  seconds: number,
): AssumeRoleCommandInput => ({
  RoleArn: spec.roleArn,
  RoleSessionName: order.name,
  DurationSeconds: seconds,
  Policy: buildSessionPolicy(spec).text,
  SourceIdentity: sourceIdentity(order.labels),
  Tags: [
    { Key: 'brk:task', Value: order.labels.task },
    { Key: 'brk:env', Value: order.labels.environment },
  ],
  TransitiveTagKeys: ['brk:task', 'brk:env'],
  ...(root.externalId === undefined ? {} : { ExternalId: root.externalId }),
})

async function assume({ sts, call }: Aws, input: AssumeRoleCommandInput): Promise<AssumeRoleCommandOutput> {
  try {
    return await sts.send(new AssumeRoleCommand(input), call)
  } catch (error) {
    // A role may end its sessions earlier than we asked, never earlier than this.
    if (faultName(error) === 'ValidationError' && (input.DurationSeconds ?? 0) > HOUR)
      return assume({ sts, call } as Aws, { ...input, DurationSeconds: HOUR })
    if (faultName(error) === 'AccessDenied')
      throw new BrokerError('vendor_refused', {
        detail:
          'AWS denies sts:AssumeRole: the key needs sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity on the role, and the role’s trust policy must allow it all three',
        cause: error,
      })
    throw vendorFault(error, 'sts:AssumeRole')
  }
}
