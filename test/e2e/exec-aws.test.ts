import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import type { LeaseView } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment, startAws } from '../../packages/providers/test/aws-fixture.ts'
import { type Identity, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { needs } from '../harness/services.ts'
import { STAGING_POLICY, writeFiles } from './shops.ts'

const { moto, skipped } = await startAws()
const noAws = await needs('aws')

type Account = Awaited<ReturnType<typeof environment>>

describe.skipIf(skipped)('AWS through the broker', () => {
  let state: TestPostgres
  let broker: TestBroker
  let agent: Identity
  let staging: Account
  let production: Account

  beforeAll(async () => {
    state = await startTestPostgres()
    broker = await startTestBroker({ databaseUrl: state.url })
    staging = await environment(moto, '111111111111')
    production = await environment(moto, '222222222222')
    const file = join(broker.home, 'aws.json')
    await writeFile(file, JSON.stringify(staging.withRevoker), { mode: 0o600 })
    const files = await writeFiles(
      join(broker.home, 'broker'),
      `version: 1
environments:
  staging: { tier: standard, anchors: [{ vendor: aws, id: "${staging.id}" }] }
  production: { tier: standard, anchors: [{ vendor: aws, id: "${production.id}" }] }
users:
  mia: { roles: [operator, viewer] }
agents:
  fixer: { owner: mia }
roots:
  reports: { provider: aws-sts, environment: staging, owner: mia, secret: "file:${file}" }
scopes:
  s3-reports:
    root: reports
    environment: staging
    maxTtl: 1h
    allow: { roleArn: "${staging.roleArn}", s3: [{ bucket: ${staging.reports} }] }
`,
      { 'staging.cedar': STAGING_POLICY },
    )
    const applied = await broker.cli(['apply', '-f', files, '--yes'])
    if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr + broker.log())
    agent = await broker.enrolAgent('fixer')
  }, 180_000)
  afterAll(async () => {
    await broker?.stop()
    await state?.stop()
    await moto?.stop()
  })

  const exec = (...command: string[]) => execWith('s3-reports', ...command)
  const execWith = (scope: string, ...command: string[]) =>
    broker.cli(['exec', '--env', 'staging', '--scope', scope, '--purpose', 'x', '--', ...command], {
      profile: 'fixer',
      env: { AWS_ACCESS_KEY_ID: 'ambient', AWS_SECRET_ACCESS_KEY: 'ambient', AWS_PROFILE: 'ambient' },
    })
  const leases = async () =>
    (await broker.admin.request<{ items: LeaseView[] }>({ method: 'GET', path: '/v1/leases' })).items

  it.skipIf(noAws)(
    'the aws CLI lists the bucket of its scope, and is denied the other that its role could read',
    async () => {
      const allowed = await exec('aws', 's3', 'ls', `s3://${staging.reports}`)
      expect(allowed).toMatchObject({ code: 0, stdout: expect.stringContaining('march/') })
      const denied = await exec('aws', 's3', 'ls', `s3://${staging.ledger}`)
      expect(denied.stderr).toContain('AccessDenied')
      expect(denied.code).toBeGreaterThan(0)
      const assumed = await exec(
        'aws',
        'sts',
        'assume-role',
        '--role-arn',
        staging.roleArn,
        '--role-session-name',
        'again',
      )
      expect(assumed.stderr).toContain('AccessDenied')
    },
    90_000,
  )

  it('boto3 and a profile of the aws CLI go on with other keys when the first are at their end (I3)', async () => {
    await broker.admin.request({
      method: 'PUT',
      path: '/v1/scopes/s3-brief',
      body: {
        root: 'reports',
        environment: 'staging',
        maxTtl: '8s',
        allow: { roleArn: staging.roleArn, s3: [{ bucket: staging.reports }] },
      },
    })
    // The interpreter itself: what starts it for others may look into the home, which is another one here.
    const { stdout: python } = await promisify(execFile)('python3', [
      '-c',
      'import sys; print(sys.executable)',
    ])
    const script = `import boto3
session = boto3.Session(profile_name=PROFILE)
keys = session.get_credentials()
first = keys.get_frozen_credentials().access_key
while keys.get_frozen_credentials().access_key == first: pass
print(session.client('s3').list_objects_v2(Bucket='${staging.reports}')['KeyCount'])`
    for (const profile of ['None', "'s3-brief'"]) {
      const ran = await execWith('s3-brief', python.trim(), '-c', script.replace('PROFILE', profile))
      expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: '2\n' })
    }
  }, 90_000)

  it('no long-lived or minted secret is in the environment of the command (I1)', async () => {
    const ran = await exec('env')
    expect(ran.stdout).not.toMatch(/ambient|AWS_SECRET_ACCESS_KEY=|AWS_SESSION_TOKEN=/)
    expect(ran.stdout).not.toContain(staging.root.secretAccessKey)
    expect(ran.stdout).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:')
  })

  it('the SDK’s handle serves the AWS SDK, until the task ends: then a revoker denies the session, and says when that holds everywhere (I8)', async () => {
    const task = await agent.client.startTask({
      environment: 'staging',
      purpose: 'x',
      scopes: ['s3-reports'],
    })
    const config = { ...(await task.awsConfig('s3-reports')), forcePathStyle: true, maxAttempts: 1 }
    const credentials = await task.aws('s3-reports')()
    const list = (Bucket: string) =>
      new S3Client({ ...config, credentials }).send(new ListObjectsV2Command({ Bucket }))
    expect((await list(staging.reports)).KeyCount).toBe(2)
    await expect(list(staging.ledger)).rejects.toThrow('Access Denied')
    await task.end()
    await expect(list(staging.reports)).rejects.toThrow()
    const [lease] = await leases()
    // Denied already, and said to be dead only when AWS has had its minutes for that.
    expect(lease).toMatchObject({ state: 'revoking', credential_dead: false })
    expect(Date.parse(lease?.dead_by ?? '')).toBeLessThanOrEqual(Date.now() + 305_000)
  })

  it('a shorter life than AWS knows is kept by us, and dead_by says when the vendor’s own end comes (I3)', async () => {
    const task = await agent.client.startTask({
      environment: 'staging',
      purpose: 'x',
      scopes: ['s3-reports'],
    })
    const lease = await task.credential('s3-reports', { ttl: '5m' })
    expect(lease.deadBy.getTime() - lease.expiresAt.getTime()).toBeGreaterThan(500_000)
    await task.end()
  })

  it('a key of the production account, labelled staging, is refused (I2)', async () => {
    const ran = await broker.cli(
      ['root', 'add', 'mislabelled', '--provider', 'aws-sts', '--env', 'staging', '--owner', 'mia'],
      { stdin: JSON.stringify(production.root) },
    )
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('production') })
    expect(ran.stdout + ran.stderr).not.toContain(production.root.secretAccessKey)
  })

  it('a scope over a role of another account is refused (I2)', async () => {
    const config = {
      version: 1,
      environments: { staging: { tier: 'standard', anchors: [{ vendor: 'aws', id: staging.id }] } },
      users: { mia: { roles: ['operator'] } },
      roots: { reports: { provider: 'aws-sts', environment: 'staging', owner: 'mia' } },
      scopes: {
        other: {
          root: 'reports',
          environment: 'staging',
          allow: { roleArn: production.roleArn, s3: [{ bucket: production.reports }] },
        },
      },
    }
    const planned = broker.admin.request({ method: 'POST', path: '/v1/plan', body: { config } })
    await expect(planned).rejects.toMatchObject({ code: 'reach_refused' })
  })
})
