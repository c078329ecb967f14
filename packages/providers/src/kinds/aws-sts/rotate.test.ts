import { CreateAccessKeyCommand, ListAccessKeysCommand } from '@aws-sdk/client-iam'
import { afterAll, describe, expect, it } from 'vitest'
import { asRoot } from '../../../../../test/contracts/provider/bench.ts'
import { type AwsAccount, rootStatements } from '../../../../../test/harness/moto.ts'
import { fresh as freshIn, later, order, provider, startAws } from '../../../test/aws-fixture.ts'

const { moto, skipped } = await startAws()

describe.skipIf(skipped)('aws-sts rotates', () => {
  const fresh = () => freshIn(moto)
  afterAll(() => moto.stop())
  describe('rotating the key', () => {
    const selfRotation = (id: string, user: string) => ({
      Effect: 'Allow',
      Action: [
        'iam:CreateAccessKey',
        'iam:DeleteAccessKey',
        'iam:ListAccessKeys',
        'iam:GetAccessKeyLastUsed',
      ],
      Resource: `arn:aws:iam::${id}:user/${user}`,
    })
    const rotating = async () => {
      const staging = await fresh()
      const { aws, id, roleArn } = staging
      const key = await aws.user('spin', [...rootStatements(id, 'spin', roleArn), selfRotation(id, 'spin')])
      return { ...staging, root: { ...staging.root, ...key } }
    }
    const rotation = (at = provider()) => {
      if (at.rotation?.style !== 'side-by-side') throw new Error('expected')
      return at.rotation
    }
    const keysOf = async (aws: AwsAccount) =>
      (await aws.iam.send(new ListAccessKeysCommand({ UserName: 'spin' }))).AccessKeyMetadata?.map(
        ({ AccessKeyId }) => AccessKeyId,
      )

    it('makes a second key, proves it, and ends the first one afterwards', async () => {
      const { root, spec, id, aws } = await rotating()
      const next = await rotation().prepare(asRoot(root))
      expect(await keysOf(aws)).toHaveLength(2)
      await rotation().retire(asRoot(root), next)
      await rotation().retire(asRoot(root), next)
      expect(await keysOf(aws)).toEqual([JSON.parse(next.expose()).accessKeyId])
      await expect(provider().mint(asRoot(root), spec, order(id))).rejects.toMatchObject({
        code: 'root_unusable',
      })
      await provider().mint(next, spec, order(id))
    })

    it('needs no more power than a root may have', async () => {
      const { root } = await rotating()
      const { findings, reach } = await provider().inspect(asRoot(root))
      expect(findings.map(({ code }) => code)).toEqual(['no-early-revocation'])
      expect(reach).toHaveLength(1)
    })

    it('replaces what a crash left behind, but touches no key that may be somebody’s', async () => {
      const { root, aws } = await rotating()
      await aws.iam.send(new CreateAccessKeyCommand({ UserName: 'spin' }))
      await expect(rotation().prepare(asRoot(root))).rejects.toMatchObject({ code: 'conflict' })
      expect(await keysOf(aws)).toHaveLength(2)
      await rotation(later(5 * 3600)).prepare(asRoot(root))
      expect(await keysOf(aws)).toHaveLength(2)
    })
  })
})
