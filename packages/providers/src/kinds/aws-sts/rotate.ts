import { setTimeout as wait } from 'node:timers/promises'
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam'
import { BrokerError } from '@credbroker/core/errors'
import { type Aws, ask, connect } from '../../aws/client.ts'
import { isMissing } from '../../aws/fault.ts'
import { type Identity, whoAmI } from '../../aws/identity.ts'
import type { SideBySideRotation, VendorIo } from '../../provider.ts'
import type { AwsRoot } from './root.ts'

/** IAM tells of a key's last use up to four hours late. */
const USE_IS_KNOWN_AFTER = 4 * 3600 * 1000
const TRIES = 12

/** The key of an IAM user: AWS keeps two for each, so that a new one can be proven before the old one goes. */
export const rotation: Pick<SideBySideRotation<AwsRoot>, 'prepare' | 'retire'> = {
  async prepare(root, io) {
    using aws = await connect(root, root, io)
    const user = await whoAmI(aws)
    if (user.kind !== 'user' || root.sessionToken !== undefined)
      throw new BrokerError('capability_absent', { detail: 'Only the key of an IAM user can be rotated' })
    await removeLeftover(aws, user.name, root, io.now())
    const { AccessKey } = await ask(
      'iam:CreateAccessKey on itself',
      aws.iam.send(new CreateAccessKeyCommand({ UserName: user.name }), aws.call),
    )
    const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {}
    const next = { ...root, accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
    try {
      await prove(next, user, io)
    } catch (error) {
      await aws.iam
        .send(new DeleteAccessKeyCommand({ UserName: user.name, AccessKeyId }))
        // What is left is found by the next try.
        .catch(() => {})
      throw error
    }
    return next
  },

  async retire(old, current, io) {
    using aws = await connect(current, current, io)
    const user = await whoAmI(aws)
    if (user.kind !== 'user' || old.accessKeyId === current.accessKeyId)
      throw new BrokerError('conflict', { detail: 'The new key is not another key of an IAM user' })
    try {
      await aws.iam.send(
        new DeleteAccessKeyCommand({ UserName: user.name, AccessKeyId: old.accessKeyId }),
        aws.call,
      )
    } catch (error) {
      if (!isMissing(error)) await ask('iam:DeleteAccessKey on itself', Promise.reject(error))
    }
  },
}

/** A second key that has never been used is one whose making we did not live to hear of. Any other is somebody's. */
async function removeLeftover({ iam, call }: Aws, UserName: string, root: AwsRoot, now: Date): Promise<void> {
  const { AccessKeyMetadata = [] } = await ask(
    'iam:ListAccessKeys on itself',
    iam.send(new ListAccessKeysCommand({ UserName }), call),
  )
  for (const { AccessKeyId, CreateDate } of AccessKeyMetadata) {
    if (AccessKeyId === undefined || AccessKeyId === root.accessKeyId) continue
    const { AccessKeyLastUsed } = await ask(
      'iam:GetAccessKeyLastUsed',
      iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }), call),
    )
    const age = now.getTime() - (CreateDate?.getTime() ?? now.getTime())
    if (AccessKeyLastUsed?.LastUsedDate || age < USE_IS_KNOWN_AFTER)
      throw new BrokerError('conflict', {
        detail: 'The IAM user has a second access key, which may be in use: delete it, then rotate again',
      })
    await ask(
      'iam:DeleteAccessKey on itself',
      iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }), call),
    )
  }
}

/** A key is accepted everywhere only some seconds after it was made. */
async function prove(next: AwsRoot, user: Identity, io: VendorIo): Promise<void> {
  using aws = await connect(next, next, io)
  for (let attempt = 1; ; attempt++) {
    try {
      const { arn } = await whoAmI(aws)
      if (arn === user.arn) return
      throw new BrokerError('vendor_refused', { detail: 'The new key is another identity’s' })
    } catch (error) {
      const again = error instanceof BrokerError && error.code === 'root_unusable' && attempt < TRIES
      if (!again) throw error
      await wait(1000, undefined, { signal: io.signal })
    }
  }
}
