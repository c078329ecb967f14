import { readFileSync } from 'node:fs'
import { Secret } from '@credbroker/core/secret'
import { systemIo } from '@credbroker/sdk/io'
import type { Lease } from '@credbroker/sdk/lease'
import { LeaseHandle } from '@credbroker/sdk/lease-handle'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeAws } from '../../../sdk/test/fake-credentials.ts'
import { deliveredRun } from '../../test/delivered-run.ts'
import { runTools } from '../../test/run-tools.ts'
import { type PrivateDirectory, privateDirectory } from '../exec/private-directory.ts'
import { awsDelivery } from './aws.ts'
import { awsConfigFile } from './aws-config.ts'
import type { Delivery } from './delivery.ts'

let files: PrivateDirectory
let delivery: Delivery
afterEach(() => {
  delivery.stop()
  files[Symbol.dispose]()
})

const mint = (scope: string, region: string, endpointUrl?: string): Lease => {
  const expiresAt = new Date(Date.now() + 900_000)
  const credential = {
    form: 'aws' as const,
    accessKeyId: `ASIA-${scope}`,
    secretAccessKey: new Secret('aws-canary'),
    sessionToken: new Secret('session-canary'),
    region,
    ...(endpointUrl !== undefined && { endpointUrl }),
  }
  return {
    id: `lse_${scope}`,
    scope,
    environment: 'staging',
    credential,
    expiresAt,
    deadBy: expiresAt,
    cappedBy: 'scope',
  }
}

async function deliver(...leases: Lease[]) {
  files = privateDirectory({})
  const leased = leases.map((lease) => ({
    handle: new LeaseHandle(lease.scope, async () => lease, systemIo),
    lease,
  }))
  delivery = await awsDelivery.deliver(leased, runTools(files, systemIo))
  return delivery.env
}
const read = (path: string | undefined) => readFileSync(path as string, 'utf8')

describe('AWS delivered to a child', () => {
  it('is an endpoint and its secret; the keys themselves are in no variable and no file', async () => {
    const env = await deliver(mint('s3-reports', 'eu-central-1', 'http://127.0.0.1:9000'))
    expect(env).toMatchObject({ AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:9000' })
    expect(env['AWS_CONTAINER_AUTHORIZATION_TOKEN']).toMatch(/^brk_run_/)
    const all = JSON.stringify(env) + read(env['AWS_CONFIG_FILE']) + read(env['AWS_SHARED_CREDENTIALS_FILE'])
    expect(all).not.toContain('canary')
  })

  it('of several scopes is a profile each, whose own region and endpoint no variable overrides', async () => {
    const env = await deliver(
      mint('s3-reports', 'eu-central-1'),
      mint('s3-backup', 'us-east-1', 'http://127.0.0.1:9001'),
    )
    expect([env['AWS_REGION'], env['AWS_DEFAULT_REGION'], env['AWS_ENDPOINT_URL']]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(env['AWS_CONTAINER_CREDENTIALS_FULL_URI']).toMatch(/\/s3-reports$/)
    expect(read(env['AWS_CONFIG_FILE'])).toMatch(
      /^\[default\]\nregion = eu-central-1\n\[profile s3-reports\]\n.*\n.*\n\[profile s3-backup\]\nregion = us-east-1\nendpoint_url = http:\/\/127\.0\.0\.1:9001\ncredential_process = /,
    )
  })

  it('through a profile’s credential_process is what the AWS tools read, and never twice the same when it is due', async () => {
    await using run = await deliveredRun({
      's3-reports': { credential: fakeAws },
      's3-backup': { credential: fakeAws },
    })
    const command = /\[profile s3-backup\][^[]*credential_process = (.*)/.exec(
      read(run.env['AWS_CONFIG_FILE']),
    )?.[1]
    const ask = async (env = {}) => await run.run('sh', ['-c', command ?? ''], '', env)
    const first = JSON.parse((await ask()).out)
    expect(first).toMatchObject({ Version: 1, SessionToken: expect.stringContaining('session-canary') })
    run.clock.skew = 850_000
    expect(JSON.parse((await ask()).out).SessionToken).not.toBe(first.SessionToken)
    const strangers = await ask({ BROKER_OUTER_SECRET: '' })
    expect(strangers).toMatchObject({ code: 1, out: '', err: expect.stringContaining('credbroker: ') })
    await deliver()
  })

  it('without a scope leaves the AWS tools nothing of the user’s own to find', async () => {
    const env = await deliver()
    expect(env['AWS_EC2_METADATA_DISABLED']).toBe('true')
    expect(read(env['AWS_CONFIG_FILE']) + read(env['AWS_SHARED_CREDENTIALS_FILE'])).toBe('')
  })

  it('never lets a value start a line of its own in the configuration file', async () => {
    await deliver()
    const odd = mint('s3-reports', 'eu\n[profile other]').credential
    if (odd.form !== 'aws') throw new Error('unreachable')
    const profile = { scope: 's3-reports', credential: odd, command: ['node', 'x'] }
    expect(() => awsConfigFile([profile])).toThrow('control characters')
  })
})
