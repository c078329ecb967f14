import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  PutGroupPolicyCommand,
} from '@aws-sdk/client-iam'
import type { Json } from '@credbroker/core/canonical-json'
import { afterAll, describe, expect, it } from 'vitest'
import { asRoot } from '../../../../../test/contracts/provider/bench.ts'
import { rootStatements } from '../../../../../test/harness/moto.ts'
import { environment, fresh as freshIn, provider, startAws } from '../../../test/aws-fixture.ts'

const { moto, skipped } = await startAws()

describe.skipIf(skipped)('aws-sts inspects', () => {
  const fresh = () => freshIn(moto)
  afterAll(() => moto.stop())
  const PRODUCTION = '222222222222'
  describe('what a root reaches (I2)', () => {
    const read = (root: Json) => provider().inspect(asRoot(root))

    it('is the role it may assume, and nothing wider', async () => {
      const { withRevoker, id } = await fresh()
      const { reach, complete, findings } = await read(withRevoker)
      expect({ reach, complete }).toEqual({ reach: [`${id}/role/agents/reader`], complete: true })
      expect(findings.map(({ code }) => code)).toEqual(['revoker-can-widen'])
    })

    it('a production key labelled staging shows production’s account', async () => {
      const { reach } = await read((await environment(moto, PRODUCTION)).root)
      expect(reach).toEqual([`${PRODUCTION}/role/agents/reader`])
    })

    it.each([
      [
        'every right',
        [{ Effect: 'Allow', Action: '*', Resource: '*' }],
        false,
        ['assume-role-unbounded', 'iam-write'],
      ],
      [
        'roles of any account',
        [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: 'arn:aws:iam::*:role/deploy' }],
        false,
        ['assume-role-unbounded'],
      ],
      [
        'its own data',
        [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
        true,
        ['more-than-minting'],
      ],
      ['passing roles', [{ Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' }], true, ['iam-write']],
      [
        'all but something',
        [{ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }],
        false,
        ['assume-role-unbounded', 'iam-write'],
      ],
    ])('a key with too much is reported: %s', async (_name, statements, bounded, codes) => {
      const { aws, id, root } = await fresh()
      const key = await aws.user('odd', [...rootStatements(id, 'odd'), ...statements])
      const { reach, complete, findings } = await read({ ...root, ...key })
      expect(complete).toBe(bounded)
      const found = findings.map(({ code }) => code)
      for (const code of codes) expect(found).toContain(code)
      if (bounded) expect(reach).toEqual([id])
    })

    it('counts what comes through groups and managed policies', async () => {
      const { aws, id, root, roleArn } = await fresh()
      const reading = {
        Effect: 'Allow',
        Action: [
          'iam:GetPolicy*',
          'iam:ListGroupPolicies',
          'iam:GetGroupPolicy',
          'iam:ListAttachedGroupPolicies',
        ],
        Resource: '*',
      }
      const key = await aws.user('joined', [...rootStatements(id, 'joined', roleArn), reading])
      const document = (account: string) =>
        JSON.stringify({
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Resource: `arn:aws:iam::${account}:role/far`,
          },
        })
      const managed = async (name: string, account: string) => {
        const command = new CreatePolicyCommand({ PolicyName: name, PolicyDocument: document(account) })
        return (await aws.iam.send(command)).Policy?.Arn as string
      }
      await aws.iam.send(new CreateGroupCommand({ GroupName: 'crew' }))
      await aws.iam.send(new AddUserToGroupCommand({ GroupName: 'crew', UserName: 'joined' }))
      await aws.iam.send(
        new PutGroupPolicyCommand({
          GroupName: 'crew',
          PolicyName: 'in',
          PolicyDocument: document('777777777771'),
        }),
      )
      await aws.iam.send(
        new AttachGroupPolicyCommand({ GroupName: 'crew', PolicyArn: await managed('g', '777777777772') }),
      )
      await aws.iam.send(
        new AttachUserPolicyCommand({ UserName: 'joined', PolicyArn: await managed('u', '777777777773') }),
      )
      expect((await read({ ...root, ...key })).reach).toEqual([
        `${id}/role/agents/reader`,
        '777777777771/role/far',
        '777777777772/role/far',
        '777777777773/role/far',
      ])
    })

    it('covers other accounts whose roles it may assume', async () => {
      const { aws, id, root } = await fresh()
      const elsewhere = 'arn:aws:iam::999999999999:role/deploy'
      const key = await aws.user('hub', rootStatements(id, 'hub', elsewhere))
      expect((await read({ ...root, ...key })).reach).toEqual(['999999999999/role/deploy'])
    })

    it('covers roles that trust the user by name, whatever its own policies say', async () => {
      const { aws, id, root } = await fresh()
      await aws.role('production-deploy', { statements: [], trust: `arn:aws:iam::${id}:user/minter` })
      expect((await read(root)).reach).toContain(`${id}/role/production-deploy`)
    })

    it('is the whole account where the roles may not be listed', async () => {
      const { aws, id, root, roleArn } = await fresh()
      const [, self, assume] = rootStatements(id, 'blind', roleArn) as [object, object, object]
      const key = await aws.user('blind', [assume, self])
      const { reach, complete } = await read({ ...root, ...key })
      expect({ reach, complete }).toEqual({ reach: [id, `${id}/role/agents/reader`], complete: true })
    })

    it('is unknown where the key may not read its own policies', async () => {
      const { aws, root, roleArn } = await fresh()
      const key = await aws.user('mute', [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn }])
      const { reach, complete, findings } = await read({ ...root, ...key })
      expect({ reach, complete }).toEqual({ reach: [], complete: false })
      expect(findings.map(({ code }) => code)).toContain('policies-unreadable')
    })

    it('says that sessions cannot be ended early where there is no revoker', async () => {
      const { findings } = await read((await fresh()).root)
      expect(findings.map(({ code }) => code)).toEqual(['no-early-revocation'])
    })

    it.each([
      ['wrong', 'x'.repeat(40)],
      ['deleted', undefined],
    ])('a key that is %s is no root', async (_name, secretAccessKey) => {
      const { root } = await fresh()
      const bad = secretAccessKey
        ? { ...root, secretAccessKey }
        : { ...root, accessKeyId: 'AKIAXXXXXXXXXXXXXXXX' }
      await expect(read(bad)).rejects.toMatchObject({ code: 'root_unusable' })
    })

    it('a private endpoint is refused unless private upstreams are allowed', async () => {
      const { root } = await fresh()
      const strict = provider({ allowPrivateUpstreams: false })
      for (const endpointUrl of [
        root.endpointUrl,
        'https://127.0.0.1:1',
        'https://localhost',
        'https://[::1]',
      ])
        await expect(strict.inspect(asRoot({ ...root, endpointUrl }))).rejects.toMatchObject({
          code: 'root_unusable',
        })
    })
  })
})
