import type { AssumeRoleCommandOutput } from '@aws-sdk/client-sts'
import { covers } from '@credbroker/core/anchor'
import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import type { Minted, MintOrder } from '../provider.ts'
import { isAnchor, parseRoleArn, type RoleArn } from './arn.ts'
import { assessSpec } from './assess.ts'
import type { AwsPlace } from './place.ts'
import type { AwsSpec } from './spec.ts'

export const MIN_SECONDS = 900
export const MAX_SECONDS = 12 * 3600
/** A mint whose answer was lost has begun its session by then. */
export const SETTLE_SECONDS = 60
/** What AWS allows a session of a session, and every role at least. */
export const HOUR = 3600

/** What a session of a role is to the broker, however it was begun. AWS cannot list them. */
export const ROLE_SESSION = {
  vendor: 'aws',
  form: 'aws',
  anchor: { syntax: '<account> or <account>/role/<path and name>', accepts: isAnchor },
  limits: {
    minTtlSeconds: MIN_SECONDS,
    maxTtlSeconds: MAX_SECONDS,
    settleSeconds: SETTLE_SECONDS,
    findable: false,
  },
} as const

/** When AWS ends the session. Nothing else is needed to end it earlier. */
export const handle = z.strictObject({ until: z.iso.datetime({ precision: 3 }) })
export type AwsHandle = z.infer<typeof handle>

/** The role of a scope, once more within what was decided (I2, I4b). @throws BrokerError `reach_refused`, `invalid_request` */
export function roleWithin(spec: AwsSpec, within: MintOrder['within']): RoleArn {
  const role = parseRoleArn(spec.roleArn)
  if (!role)
    throw new BrokerError('invalid_request', { problems: [{ at: 'spec.roleArn', message: 'a role' }] })
  const { access, reach } = assessSpec(spec)
  if (!reach.every((anchor) => within.anchors.some((own) => covers(own, anchor))))
    throw new BrokerError('reach_refused', { detail: 'The role is outside the anchors of the environment' })
  if (!access.every((level) => within.access.includes(level)))
    throw new BrokerError('reach_refused', { detail: 'The scope allows more than was decided' })
  return role
}

/** How long to ask for. `most`: what AWS allows to whoever asks. @throws BrokerError `ttl_below_floor` */
export function durationOf(order: MintOrder, now: Date, most: number): number {
  const left = Math.floor((order.expiresAt.getTime() - now.getTime()) / 1000)
  if (left < MIN_SECONDS - LIMITS.graceSeconds)
    throw new BrokerError('ttl_below_floor', {
      detail: `No session of AWS lives shorter than ${MIN_SECONDS} s`,
    })
  return Math.max(MIN_SECONDS, Math.min(order.ttlSeconds, left, most))
}

/** What AWS keeps about who works: set once, never changed by the session itself. */
export const sourceIdentity = ({ agent }: MintOrder['labels']): string =>
  agent
    .replace(/[^\w+=,.@-]/g, '-')
    .padEnd(2, '-')
    .slice(0, 64)

/** @throws BrokerError `reach_refused` where a vendor, or whoever sits before it, hands out another session than the one that was decided. */
export function mintedSession(
  place: AwsPlace,
  spec: AwsSpec,
  { account, name }: RoleArn,
  session: string,
  { Credentials, AssumedRoleUser }: AssumeRoleCommandOutput,
  now: Date,
): Minted<AwsHandle> {
  if (AssumedRoleUser?.Arn !== `arn:aws:sts::${account}:assumed-role/${name}/${session}`)
    throw new BrokerError('reach_refused', {
      detail: 'AWS answered with another role or session than was asked for',
    })
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {}
  const until = Expiration?.getTime() ?? Number.NaN
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !(until > now.getTime()))
    throw new BrokerError('vendor_refused', { detail: 'AWS answered without a usable session' })
  return {
    credential: {
      form: 'aws',
      accessKeyId: AccessKeyId,
      secretAccessKey: new Secret(SecretAccessKey),
      sessionToken: new Secret(SessionToken),
      region: spec.region ?? place.region,
      ...(place.endpointUrl === undefined ? {} : { endpointUrl: place.endpointUrl }),
    },
    handle: { until: new Date(until).toISOString() },
    expiresAt: new Date(until),
  }
}
