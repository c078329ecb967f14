import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
} from '@aws-sdk/client-sts'
import { covers } from '@credbroker/core/anchor'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import type { Minted, MintOrder, VendorIo } from '../../provider.ts'
import { parseRoleArn, type RoleArn } from './arn.ts'
import { assessSpec } from './assess.ts'
import { type Aws, connect } from './client.ts'
import { faultName, vendorFault } from './fault.ts'
import type { AwsRoot } from './root.ts'
import { buildSessionPolicy } from './session-policy.ts'
import type { AwsSpec } from './spec.ts'

export const MIN_SECONDS = 900
export const MAX_SECONDS = 12 * 3600
/** What AWS allows a session of a session, and every role at least. */
const HOUR = 3600

/** When AWS ends the session. Nothing else is needed to end it earlier. */
export const handle = z.strictObject({ until: z.iso.datetime({ precision: 3 }) })
export type AwsHandle = z.infer<typeof handle>

export async function mintSession(
  root: AwsRoot,
  spec: AwsSpec,
  order: MintOrder,
  io: VendorIo,
): Promise<Minted<AwsHandle>> {
  const role = parseRoleArn(spec.roleArn)
  if (!role)
    throw new BrokerError('invalid_request', { problems: [{ at: 'spec.roleArn', message: 'a role' }] })
  checkWithin(spec, order.within)
  const seconds = duration(root, order, io.now())
  using aws = await connect(root, root, io)
  const { Credentials, AssumedRoleUser } = await assume(aws, request(root, spec, order, seconds))
  checkAnswer(AssumedRoleUser?.Arn, role, order.name)
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {}
  const until = Expiration?.getTime() ?? Number.NaN
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !(until > io.now().getTime()))
    throw new BrokerError('vendor_refused', {
      detail: 'AWS answered sts:AssumeRole without a usable session',
    })
  return {
    credential: {
      form: 'aws',
      accessKeyId: AccessKeyId,
      secretAccessKey: new Secret(SecretAccessKey),
      sessionToken: new Secret(SessionToken),
      region: spec.region ?? root.region,
      ...(root.endpointUrl === undefined ? {} : { endpointUrl: root.endpointUrl }),
    },
    handle: { until: new Date(until).toISOString() },
    expiresAt: new Date(until),
  }
}

/** I2 and I4b, again: what was decided may not be what this version of the scope says. */
function checkWithin(spec: AwsSpec, within: MintOrder['within']): void {
  const { access, reach } = assessSpec(spec)
  if (!reach.every((anchor) => within.anchors.some((own) => covers(own, anchor))))
    throw new BrokerError('reach_refused', { detail: 'The role is outside the anchors of the environment' })
  if (!access.every((level) => within.access.includes(level)))
    throw new BrokerError('reach_refused', { detail: 'The scope allows more than was decided' })
}

function duration(root: AwsRoot, order: MintOrder, now: Date): number {
  const left = Math.floor((order.expiresAt.getTime() - now.getTime()) / 1000)
  if (left < MIN_SECONDS - LIMITS.graceSeconds)
    throw new BrokerError('ttl_below_floor', {
      detail: `No session of AWS lives shorter than ${MIN_SECONDS} s`,
    })
  const most = root.sessionToken === undefined ? MAX_SECONDS : HOUR
  return Math.max(MIN_SECONDS, Math.min(order.ttlSeconds, left, most))
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
  SourceIdentity: order.labels.agent
    .replace(/[^\w+=,.@-]/g, '-')
    .padEnd(2, '-')
    .slice(0, 64),
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

/** A vendor, or whoever sits before it, that hands out another session than the one that was decided. */
function checkAnswer(arn: string | undefined, { account, name }: RoleArn, session: string): void {
  if (arn !== `arn:aws:sts::${account}:assumed-role/${name}/${session}`)
    throw new BrokerError('reach_refused', {
      detail: 'AWS answered with another role or session than was asked for',
    })
}
