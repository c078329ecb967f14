import { randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { openKeyring } from '@credbroker/broker/adapters/keyring/keyring'
import { loadKeySource } from '@credbroker/broker/adapters/keyring/load-key-source'
import type { KeyRecord, Sealed } from '@credbroker/broker/ports/keyring'
import type { RootView } from '@credbroker/core/wire/admin'
import type { LeaseView } from '@credbroker/core/wire/tasks'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment, startAws } from '../../packages/providers/test/aws-fixture.ts'
import { type Identity, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { AWS_REGION, webIdentityTrust } from '../harness/moto.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { PRODUCTION_POLICY, STAGING_POLICY, writeFiles } from './shops.ts'

const { moto, skipped } = await startAws()
const random = (bytes: Uint8Array) => randomFillSync(bytes)

/** One account for each environment, set up as docs/providers/aws-federated.md says: roles, and no key for the broker. */
async function setUp(id: string, issuer: string, root: string) {
  const { aws, reports, ledger } = await environment(moto, id)
  await aws.openIdProvider(issuer, 'sts.amazonaws.com')
  const trusting = webIdentityTrust(id, issuer, `env:${issuer.split('/').at(-1)}:root:${root}`)
  const statements = [{ Effect: 'Allow', Action: ['s3:*', 'iam:*', 'sts:*'], Resource: '*' }]
  const roleArn = await aws.role('federated', { path: '/agents/', statements, trusting })
  const ending = ['GetRole', 'ListRolePolicies', 'GetRolePolicy', 'PutRolePolicy', 'DeleteRolePolicy']
  const reading = ['iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies']
  const revokerRole = await aws.role('ender', {
    trusting,
    statements: [
      { Effect: 'Allow', Action: ending.map((action) => `iam:${action}`), Resource: roleArn },
      { Effect: 'Allow', Action: reading, Resource: `arn:aws:iam::${id}:role/ender` },
    ],
  })
  return { id, aws, reports, ledger, roleArn, revokerRole }
}

describe.skipIf(skipped)('AWS without a key', () => {
  let state: TestPostgres
  let sql: Sql
  let broker: TestBroker
  let agent: Identity
  let staging: Awaited<ReturnType<typeof setUp>>
  let production: Awaited<ReturnType<typeof setUp>>
  let directory: string

  const yaml = ({ stagingRole = staging.roleArn, withProduction = true } = {}) => `version: 1
environments:
  staging: { tier: standard, anchors: [{ vendor: aws, id: "${staging.id}" }] }
${withProduction ? `  production: { tier: standard, anchors: [{ vendor: aws, id: "${production.id}" }] }` : ''}
users:
  mia: { roles: [operator, viewer] }
agents:
  fixer: { owner: mia }
roots:
  aws-staging:
    provider: aws-federated
    environment: staging
    owner: mia
    federated: { roles: ["${stagingRole}"], revokerRole: "${staging.revokerRole}", region: ${AWS_REGION}, endpointUrl: "${moto.url}" }
${
  withProduction
    ? `  aws-production:
    provider: aws-federated
    environment: production
    owner: mia
    federated: { roles: ["${production.roleArn}"], region: ${AWS_REGION}, endpointUrl: "${moto.url}" }`
    : ''
}
scopes:
  s3-reports:
    root: aws-staging
    environment: staging
    maxTtl: 1h
    allow: { roleArn: "${staging.roleArn}", s3: [{ bucket: ${staging.reports} }] }
${
  withProduction
    ? `  s3-live:
    root: aws-production
    environment: production
    maxTtl: 1h
    allow: { roleArn: "${production.roleArn}", s3: [{ bucket: ${production.reports} }] }`
    : ''
}
`
  const apply = async (text: string) => {
    await writeFiles(directory, text, {
      'staging.cedar': STAGING_POLICY,
      'production.cedar': PRODUCTION_POLICY,
    })
    return await broker.cli(['apply', '-f', directory, '--yes'])
  }

  beforeAll(async () => {
    state = await startTestPostgres()
    sql = postgres(state.url)
    broker = await startTestBroker({ databaseUrl: state.url })
    directory = join(broker.home, 'broker')
    staging = await setUp('111111111111', `${broker.url}/issuers/staging`, 'aws-staging')
    production = await setUp('222222222222', `${broker.url}/issuers/production`, 'aws-production')
    const applied = await apply(yaml())
    if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr + broker.log())
    agent = await broker.enrolAgent('fixer')
  }, 180_000)
  afterAll(async () => {
    await sql?.end()
    await broker?.stop()
    await state?.stop()
    await moto?.stop()
  })

  const start = (environment: string, scope: string) =>
    agent.client.startTask({ environment, purpose: 'x', scopes: [scope] })
  const get = <Answer>(path: string) => broker.admin.request<Answer>({ method: 'GET', path })
  const published = (path: string) => fetch(`${broker.url}/issuers/${path}`)

  it('a session works at AWS, no further than its scope, and is ended with its task (I8)', async () => {
    await using task = await start('staging', 's3-reports')
    const config = { ...(await task.awsConfig('s3-reports')), forcePathStyle: true, maxAttempts: 1 }
    const credentials = await task.aws('s3-reports')()
    const list = (Bucket: string) =>
      new S3Client({ ...config, credentials }).send(new ListObjectsV2Command({ Bucket }))
    expect((await list(staging.reports)).KeyCount).toBe(2)
    await expect(list(staging.ledger)).rejects.toThrow('Access Denied')
    await task.end()
    await expect(list(staging.reports)).rejects.toThrow()
    const { items } = await get<{ items: LeaseView[] }>('/v1/leases')
    expect(items[0]).toMatchObject({ provider: 'aws-federated', state: 'revoking', credential_dead: false })
  })

  it('I1 no key of AWS is in the database, stored or sealed: what is sealed for the root are the names of roles', async () => {
    const tables = await sql<{ name: string }[]>`
      SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'`
    expect(tables.length).toBeGreaterThan(10)
    let seen = ''
    for (const { name } of tables) seen += JSON.stringify(await sql.unsafe(`SELECT t::text FROM ${name} t`))
    expect(seen).toContain('aws-staging')
    expect(seen).not.toMatch(/A(KIA|SIA)[A-Z0-9]{12}/)
    const source = loadKeySource({ keyfile: join(broker.stateDir, 'keyfile'), dataDirectories: [] }, random)
    const [deployment] = await sql<{ record: KeyRecord }[]>`SELECT key_state AS record FROM deployment`
    const { sealer } = await openKeyring(deployment?.record as KeyRecord, source, random)
    const sealed = await sql<{ root: string; version: number; provider: string; sealed: Sealed }[]>`
      SELECT root, version, provider, sealed FROM root_secrets ORDER BY root`
    const opened = sealed.map(({ root: row, version, provider, sealed }) =>
      JSON.parse(sealer.open(sealed, { table: 'root_secrets', row, version, provider }).expose()),
    )
    const place = { region: AWS_REGION, endpointUrl: moto.url }
    expect(opened).toEqual([
      { roles: [production.roleArn], ...place },
      { roles: [staging.roleArn], revokerRole: staging.revokerRole, ...place },
    ])
    const { items } = await get<{ items: RootView[] }>('/v1/roots')
    const [root] = items.filter(({ name }) => name === 'aws-staging')
    expect(root).toMatchObject({
      state: 'usable',
      identity: `env:staging:root:aws-staging of ${broker.url}/issuers/staging`,
      reach: [`${staging.id}/role/agents/federated`, `${staging.id}/role/ender`],
      capabilities: ['revoke'],
    })
    const keyed = await broker.cli(
      ['root', 'add', 'keyed', '--provider', 'aws-federated', '--env', 'staging', '--owner', 'mia'],
      {
        stdin: JSON.stringify({
          roles: [staging.roleArn],
          region: AWS_REGION,
          secretAccessKey: 'x'.repeat(40),
        }),
      },
    )
    expect(keyed).toMatchObject({ code: 1, stderr: expect.stringContaining('unknown fields') })
  })

  it('I2 production’s role refuses the assertion of staging’s issuer, though the account knows both', async () => {
    await production.aws.openIdProvider(`${broker.url}/issuers/staging`, 'sts.amazonaws.com')
    const crossed = await apply(
      yaml().replace(
        `roles: ["${staging.roleArn}"], revokerRole: "${staging.revokerRole}"`,
        `roles: ["${production.roleArn}"]`,
      ),
    )
    expect(crossed.code).toBe(1)
    expect(crossed.stderr + crossed.stdout).toContain('env:staging:root:aws-staging')
    // And AWS takes no assertion that the broker did not sign.
    const sts = new STSClient({ endpoint: moto.url, region: AWS_REGION, maxAttempts: 1 })
    const forged = sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: production.roleArn,
        RoleSessionName: 'x',
        WebIdentityToken: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(
          JSON.stringify({
            iss: `${broker.url}/issuers/production`,
            aud: 'sts.amazonaws.com',
            exp: 2e9,
            sub: 'x',
          }),
        ).toString('base64url')}.`,
      }),
    )
    await expect(forged).rejects.toMatchObject({ name: expect.stringContaining('InvalidIdentityToken') })
  })

  it('applying the same files again asks nobody and changes nothing', async () => {
    const { code, stdout } = await apply(yaml())
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/nothing|no change/i) })
  })

  it('an environment that is not applied yet has no issuer, and the refusal says so', async () => {
    const early = yaml()
      .replace('environments:\n', 'environments:\n  qa: { tier: standard }\n')
      .replace(
        'environment: staging\n    owner: mia\n    federated',
        'environment: qa\n    owner: mia\n    federated',
      )
      .replace('root: aws-staging\n    environment: staging', 'root: aws-staging\n    environment: qa')
    const { code, stderr } = await apply(early)
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('no issuer for qa') })
  })

  it('what a federated root says may change: the new words are tried at AWS before they count', async () => {
    const check = () => broker.cli(['root', 'check', 'aws-staging', '--json'])
    const before = JSON.parse((await check()).stdout) as RootView
    const changed = yaml().replace(`, revokerRole: "${staging.revokerRole}"`, '')
    expect((await apply(changed)).code).toBe(0)
    const after = JSON.parse((await check()).stdout) as RootView
    expect(after).toMatchObject({
      version: before.version + 1,
      reach: [`${staging.id}/role/agents/federated`],
    })
    expect(after.findings.map(({ code }) => code)).toEqual(['no-early-revocation'])
  })

  it('each environment has its own keys, shown to operators and rotated one by one', async () => {
    const keysOf = async (environment: string) =>
      ((await (await published(`${environment}/jwks.json`)).json()) as { keys: { kid: string }[] }).keys.map(
        ({ kid }) => kid,
      )
    const [ours, theirs] = [await keysOf('staging'), await keysOf('production')]
    expect(new Set([...ours, ...theirs]).size).toBe(2)
    const rotated = await broker.cli(['key', 'rotate', '--issuer', 'staging', '--json'])
    const { kid } = JSON.parse(rotated.stdout) as { kid: string }
    expect(await keysOf('staging')).toEqual([...ours, kid])
    expect(await keysOf('production')).toEqual(theirs)
    const status = await broker.cli(['key', 'status'])
    expect(status.stdout).toMatch(new RegExp(`assertion:staging\\s+${kid}.*next`))
  })

  it('the issuer of a disabled environment is gone, and signs nothing', async () => {
    expect((await published('production/.well-known/openid-configuration')).status).toBe(200)
    const task = await start('production', 's3-live')
    await task.credential('s3-live')
    expect((await apply(yaml({ withProduction: false }))).code).toBe(0)
    for (const path of [
      'production/.well-known/openid-configuration',
      'production/jwks.json',
      'none/jwks.json',
      '..%2f/jwks.json',
    ])
      expect((await published(path)).status).toBe(404)
    await expect(task.credential('s3-live')).rejects.toThrow()
    const checked = broker.admin.request({ method: 'POST', path: '/v1/roots/aws-production/check' })
    await expect(checked).rejects.toMatchObject({ code: 'root_unusable' })
    // Nobody can end the session early now; when it ends by itself is said.
    const { items } = await get<{ items: LeaseView[] }>('/v1/leases')
    const lease = items.find(({ scope }) => scope === 's3-live')
    expect(lease).toMatchObject({ state: 'revoking', credential_dead: false })
    expect(Date.parse(lease?.dead_by ?? '')).toBeGreaterThan(Date.now())
  })
})
