import { IAMClient, ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import type { AwsCredential } from '@credbroker/core/credential'
import { afterAll, describe, expect, it } from 'vitest'
import { asRoot } from '../../../../../test/contracts/provider/bench.ts'
import { AWS_REGION, rootStatements } from '../../../../../test/harness/moto.ts'
import { fresh as freshIn, keysOf, lists, order, provider, s3, startAws } from '../../../test/aws-fixture.ts'

const { moto, skipped } = await startAws()

describe.skipIf(skipped)('aws-sts mints', () => {
  const fresh = () => freshIn(moto)
  afterAll(() => moto.stop())
  describe('what a session may do', () => {
    it('I2 is what the scope says, though its role may do more', async () => {
      const { root, spec, id, reports, ledger } = await fresh()
      const { credential } = await provider().mint(asRoot(root), spec, order(id))
      expect(await lists(credential, reports, 'march/')).toBe('1 keys')
      expect(await lists(credential, reports)).toBe('AccessDenied')
      expect(await lists(credential, ledger)).toBe('AccessDenied')
      const client = s3(credential)
      const get = (Key: string) => client.send(new GetObjectCommand({ Bucket: reports, Key }))
      expect(await (await get('march/a.txt')).Body?.transformToString()).toBe('a')
      await expect(get('april/b.txt')).rejects.toThrow('Access Denied')
      const put = client.send(new PutObjectCommand({ Bucket: reports, Key: 'march/a.txt', Body: 'x' }))
      await expect(put).rejects.toThrow('Access Denied')
    })

    it('includes writing where the scope says so', async () => {
      const { root, spec, id, reports } = await fresh()
      const writing = { ...spec, s3: [{ bucket: reports, access: 'read-write' }] }
      const { credential } = await provider().mint(asRoot(root), writing, order(id))
      await s3(credential).send(new PutObjectCommand({ Bucket: reports, Key: 'new.txt', Body: 'x' }))
      expect(await lists(credential, reports)).toBe('3 keys')
    })

    it('I2 ends at its own account, even where everything is allowed in all of S3', async () => {
      const { root, roleArn, id, ledger } = await fresh()
      const other = await fresh()
      const wide = { roleArn, statements: [{ actions: ['s3:ListBucket'], resources: ['*'] }] }
      const { credential } = await provider().mint(asRoot(root), wide, order(id))
      expect(await lists(credential, ledger)).toBe('1 keys')
      expect(await lists(credential, other.ledger)).toBe('AccessDenied')
    })

    it('tells the vendor’s log who acts, for which task', async () => {
      const { root, spec, id, aws, roleArn, reports } = await fresh()
      const only = (condition: object) =>
        aws.iam.send(
          new PutRolePolicyCommand({
            RoleName: 'reader',
            PolicyName: 'own',
            PolicyDocument: JSON.stringify({
              Version: '2012-10-17',
              Statement: [
                { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: { StringEquals: condition } },
              ],
            }),
          }),
        )
      const { credential } = await provider().mint(asRoot(root), spec, order(id))
      for (const [condition, seen] of [
        [
          {
            'aws:SourceIdentity': 'agent-ci',
            'aws:PrincipalTag/brk:task': 'tsk_1',
            'aws:PrincipalTag/brk:env': 'staging',
            'aws:PrincipalArn': roleArn,
          },
          '1 keys',
        ],
        [{ 'aws:SourceIdentity': 'agent-other' }, 'AccessDenied'],
      ] as const) {
        await only(condition)
        expect(await lists(credential, reports, 'march/')).toBe(seen)
      }
    })
  })

  describe('how long it lives (I3)', () => {
    it('a role whose sessions are shorter than asked gives its longest', async () => {
      const { aws, id, root, spec } = await fresh()
      const roleArn = await aws.role('hourly', { statements: [] })
      const key = await aws.user('minter-2', rootStatements(id, 'minter-2', roleArn))
      const wanted = order(id, { ttlSeconds: 7200, expiresAt: new Date(Date.now() + 7200_000) })
      const { expiresAt } = await provider().mint(asRoot({ ...root, ...key }), { ...spec, roleArn }, wanted)
      expect(Math.round((expiresAt.getTime() - Date.now()) / 60_000)).toBe(60)
    })

    it('a root that is a session itself mints for an hour at most, and says so when read', async () => {
      const { root, spec, id, roleArn, aws } = await fresh()
      const hub = await aws.role('hub', {
        statements: [...rootStatements(id, 'none', roleArn), ...readItself(id, 'hub')],
      })
      const user = await aws.user('chained', rootStatements(id, 'chained', hub))
      const { Credentials } = await new STSClient({
        endpoint: moto.url,
        region: AWS_REGION,
        credentials: user,
      }).send(new AssumeRoleCommand({ RoleArn: hub, RoleSessionName: 'hub' }))
      const chained = {
        ...root,
        accessKeyId: Credentials?.AccessKeyId as string,
        secretAccessKey: Credentials?.SecretAccessKey as string,
        sessionToken: Credentials?.SessionToken as string,
      }
      const wanted = order(id, { ttlSeconds: 7200, expiresAt: new Date(Date.now() + 7200_000) })
      const { expiresAt } = await provider().mint(asRoot(chained), spec, wanted)
      expect(Math.round((expiresAt.getTime() - Date.now()) / 60_000)).toBe(60)
      const { reach, complete, findings } = await provider().inspect(asRoot(chained))
      expect({ reach, complete }).toEqual({ reach: [`${id}/role/agents/reader`], complete: true })
      expect(findings.map(({ code }) => code)).toContain('root-is-a-session')
    })

    it('a minted session can become nobody else, whatever its role may', async () => {
      const { root, spec, id, roleArn } = await fresh()
      const { credential } = await provider().mint(asRoot(root), spec, order(id))
      const credentials = keysOf(credential as AwsCredential)
      const settings = { endpoint: moto.url, region: AWS_REGION, credentials }
      const again = new STSClient(settings).send(
        new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'again' }),
      )
      await expect(again).rejects.toThrow('not authorized')
      const own = new IAMClient(settings).send(new ListRolePoliciesCommand({ RoleName: 'reader' }))
      await expect(own).rejects.toThrow('not authorized')
    })

    it('nothing is minted for an end that is nearer than AWS can keep', async () => {
      const { root, spec, id } = await fresh()
      const soon = order(id, { expiresAt: new Date(Date.now() + 60_000) })
      await expect(provider().mint(asRoot(root), spec, soon)).rejects.toMatchObject({
        code: 'ttl_below_floor',
      })
    })
  })
})

/** What lets a role's session read what it may do. */
const readItself = (account: string, name: string): object[] => [
  {
    Effect: 'Allow',
    Action: ['iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
    Resource: `arn:aws:iam::${account}:role/${name}`,
  },
]
