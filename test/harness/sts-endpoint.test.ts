import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StsEndpoint, startStsEndpoint } from './sts-endpoint.ts'

describe('the small STS endpoint', () => {
  let endpoint: StsEndpoint
  beforeAll(async () => {
    endpoint = await startStsEndpoint()
  })
  afterAll(() => endpoint.stop())

  const client = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
    new STSClient({ endpoint: endpoint.url, region: 'eu-central-1', maxAttempts: 1, credentials })
  const whoAmI = (of: STSClient) => of.send(new GetCallerIdentityCommand({}))

  it('knows a caller by its signature alone', async () => {
    const key = endpoint.user('111111111111', 'ada', [])
    expect((await whoAmI(client(key))).Arn).toBe('arn:aws:iam::111111111111:user/ada')
    const wrong = { ...key, secretAccessKey: `${key.secretAccessKey}x` }
    await expect(whoAmI(client(wrong))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' })
    await expect(whoAmI(client({ ...key, sessionToken: 'x' }))).rejects.toThrow()
  })

  it('a session is known by key and token together, until it ends', async () => {
    const key = endpoint.user('111111111111', 'bob', [])
    const { Credentials } = await client(key).send(
      new AssumeRoleCommand({
        RoleArn: endpoint.role('111111111111', 'reader'),
        RoleSessionName: 's',
        DurationSeconds: 900,
      }),
    )
    const session = {
      accessKeyId: Credentials?.AccessKeyId as string,
      secretAccessKey: Credentials?.SecretAccessKey as string,
    }
    await expect(whoAmI(client(session))).rejects.toThrow()
    const whole = client({ ...session, sessionToken: Credentials?.SessionToken as string })
    expect((await whoAmI(whole)).Arn).toBe('arn:aws:sts::111111111111:assumed-role/reader/s')
    endpoint.setClockAhead(901)
    await expect(whoAmI(whole)).rejects.toMatchObject({ name: expect.stringMatching(/^ExpiredToken/) })
    endpoint.setClockAhead(0)
  })
})
