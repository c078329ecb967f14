import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, type Credentials, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AWS_REGION, type AwsKey, type Moto, rootStatements, startMoto } from './moto.ts'

const started = await startMoto()

/** A test server that lets everything pass would make every provider test pass too. */
describe.skipIf('skipped' in started)('the AWS test server decides like AWS', () => {
  const moto = started as Moto
  const account = '111111111111'
  const roleArn = `arn:aws:iam::${account}:role/reader`
  let root: AwsKey

  beforeAll(async () => {
    const aws = await moto.account(account)
    root = await aws.user('minter', rootStatements(account, 'minter', roleArn))
    await aws.role('reader', {
      statements: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    })
    await aws.role('stranger', { statements: [], trust: 'arn:aws:iam::222222222222:root' })
    await aws.bucket('reports', { 'march/a.txt': 'a', 'april/b.txt': 'b' })
    await aws.bucket('ledger', { 'c.txt': 'c' })
  })
  afterAll(() => moto.stop())

  const settings = (key: AwsKey) => ({
    endpoint: moto.url,
    region: AWS_REGION,
    credentials: key,
    maxAttempts: 1,
  })
  const assume = async (statements: readonly object[] | undefined, more: object = {}) => {
    const { Credentials } = await new STSClient(settings(root)).send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: 'session',
        DurationSeconds: 900,
        ...(statements && { Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }),
        ...more,
      }),
    )
    return Credentials as Credentials
  }
  const keyOf = ({ AccessKeyId, SecretAccessKey, SessionToken }: Credentials) => ({
    accessKeyId: AccessKeyId as string,
    secretAccessKey: SecretAccessKey as string,
    sessionToken: SessionToken as string,
  })
  const s3 = (c: Credentials) => new S3Client({ ...settings(keyOf(c)), forcePathStyle: true })
  const list = (c: Credentials, Bucket: string, Prefix?: string): Promise<ListObjectsV2CommandOutput> =>
    s3(c).send(new ListObjectsV2Command({ Bucket, ...(Prefix && { Prefix }), Delimiter: '/' }))
  const reports = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::reports' }

  it('a session without a policy may do what its role may', async () => {
    expect((await list(await assume(undefined), 'ledger')).KeyCount).toBe(1)
  })

  it('a session policy takes away what the role has', async () => {
    const session = await assume([reports])
    expect((await list(session, 'reports')).CommonPrefixes).toHaveLength(2)
    await expect(list(session, 'ledger')).rejects.toThrow('Access Denied')
    const read = s3(session).send(new GetObjectCommand({ Bucket: 'reports', Key: 'march/a.txt' }))
    await expect(read).rejects.toThrow('Access Denied')
  })

  it('a session policy adds nothing to what the role has', async () => {
    const session = await assume([{ Effect: 'Allow', Action: '*', Resource: '*' }])
    const iam = new STSClient(settings(keyOf(session))).send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'again' }),
    )
    await expect(iam).rejects.toThrow('not authorized')
  })

  it.each([
    ['StringLike s3:prefix', { StringLike: { 's3:prefix': 'march/*' } }],
    ['aws:PrincipalTag', { StringEquals: { 'aws:PrincipalTag/brk:task': 't1' } }],
    ['aws:SourceIdentity', { StringEquals: { 'aws:SourceIdentity': 'agent-1' } }],
    ['aws:userid', { StringLike: { 'aws:userid': '*:session' } }],
    ['aws:ResourceAccount', { StringEquals: { 'aws:ResourceAccount': account } }],
  ])('conditions are evaluated: %s', async (_name, Condition) => {
    const more = { Tags: [{ Key: 'brk:task', Value: 't1' }], SourceIdentity: 'agent-1' }
    const allowed = await assume([{ ...reports, Condition }], more)
    expect((await list(allowed, 'reports', 'march/')).KeyCount).toBe(1)
    const denied = await assume([reports, { ...reports, Effect: 'Deny', Condition }], more)
    await expect(list(denied, 'reports', 'march/')).rejects.toThrow('Access Denied')
  })

  it('a session ends', async () => {
    const session = await assume([reports])
    await moto.setClockAhead(899)
    expect((await list(session, 'reports')).KeyCount).toBe(2)
    await moto.setClockAhead(901)
    await expect(list(session, 'reports')).rejects.toMatchObject({ name: 'ExpiredToken' })
    await moto.setClockAhead(0)
  })

  it('a wrong secret is refused', async () => {
    const wrong = new STSClient(settings({ ...root, secretAccessKey: 'x'.repeat(40) }))
    await expect(wrong.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    })
  })

  it.each([
    ['a role that trusts others', { RoleArn: `arn:aws:iam::${account}:role/stranger` }],
    ['a role that does not exist', { RoleArn: `arn:aws:iam::${account}:role/ghost` }],
    ['less than the floor', { DurationSeconds: 899 }],
    ['more than the role allows', { DurationSeconds: 3601 }],
    ['a policy over the limit', { Policy: ' '.repeat(2049) }],
    ['a malformed policy', { Policy: '{}' }],
  ])('assuming is refused: %s', async (_name, more) => {
    await expect(assume(undefined, more)).rejects.toThrow()
  })
})
