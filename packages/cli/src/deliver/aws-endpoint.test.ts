import { request } from 'node:http'
import { Secret } from '@credbroker/core/secret'
import { apiError, BrokerUnreachableError } from '@credbroker/sdk/errors'
import { systemIo } from '@credbroker/sdk/io'
import type { Lease } from '@credbroker/sdk/lease'
import { LeaseHandle } from '@credbroker/sdk/lease-handle'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AwsEndpoint, awsEndpoint } from './aws-endpoint.ts'

const secret = new Secret('brk_run_canary')
const expiresAt = new Date('2036-01-01T00:00:00.000Z')
const lease = {
  scope: 's3-reports',
  expiresAt,
  cappedBy: 'scope',
  credential: {
    form: 'aws',
    accessKeyId: 'ASIAFAKE1',
    secretAccessKey: new Secret('aws-canary'),
    sessionToken: new Secret('session-canary'),
    region: 'eu-central-1',
  },
} as Lease
const handle = (scope: string, mint: () => Promise<Lease>) => new LeaseHandle(scope, mint, systemIo)

let endpoint: AwsEndpoint
beforeAll(async () => {
  endpoint = await awsEndpoint(
    [
      handle('s3-reports', async () => lease),
      handle('frozen', () =>
        Promise.reject(apiError({ status: 403, code: 'frozen', title: 'Frozen by an operator' })),
      ),
      handle('lost', () => Promise.reject(new BrokerUnreachableError('no connection to 10.0.0.1'))),
    ],
    secret,
  )
})
afterAll(() => endpoint.close())

function ask(headers: Record<string, string> = {}, path = '/s3-reports', method = 'GET') {
  const authorization = secret.expose()
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const options = {
      port: endpoint.port,
      host: '127.0.0.1',
      path,
      method,
      headers: { authorization, ...headers },
    }
    request(options, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
      .on('error', reject)
      .end()
  })
}

describe('the loopback endpoint', () => {
  it('answers in the form that the AWS SDKs read', async () => {
    const { status, text } = await ask()
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({
      AccessKeyId: 'ASIAFAKE1',
      SecretAccessKey: 'aws-canary',
      Token: 'session-canary',
      Expiration: '2036-01-01T00:00:00.000Z',
    })
    expect(endpoint.url('s3-reports')).toBe(`http://127.0.0.1:${endpoint.port}/s3-reports`)
  })

  it.each([
    ['without the secret of the run', { authorization: '' }, 401],
    ['with another secret', { authorization: 'brk_run_other!' }, 401],
    ['under another name, as DNS rebinding asks', { host: 'evil.example' }, 403],
    ['under localhost, which is not its name', { host: 'localhost' }, 403],
    ['from a page of its own origin', { origin: 'http://127.0.0.1' }, 403],
    ['from a browser', { 'sec-fetch-site': 'none' }, 403],
  ])('refuses a request %s', async (_, headers, status) => {
    const answer = await ask(headers)
    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain('canary')
  })

  it('serves the scopes of the run, by GET, and nothing else', async () => {
    expect((await ask({}, '/other')).status).toBe(404)
    expect((await ask({}, '/')).status).toBe(404)
    expect((await ask({}, '/s3-reports', 'POST')).status).toBe(405)
  })

  it('I8: tells the tool what the broker said once it refuses', async () => {
    expect(await ask({}, '/frozen')).toEqual({
      status: 403,
      text: JSON.stringify({ code: 'frozen', message: 'Frozen by an operator' }),
    })
    expect((await ask({}, '/lost')).status).toBe(503)
  })
})
