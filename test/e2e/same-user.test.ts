import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'

let state: TestPostgres
let broker: TestBroker
beforeAll(async () => {
  state = await startTestPostgres()
  broker = await startTestBroker({
    databaseUrl: await state.createDatabase('state'),
    env: { BROKER_UNSAFE_SAME_USER: '0' },
  })
}, 120_000)
afterAll(async () => {
  await broker?.stop()
  await state?.stop()
})

const add = (environment: string) =>
  broker.cli(
    [
      'root',
      'add',
      `orders-${environment}`,
      '--provider',
      'postgres-role',
      '--owner',
      'admin',
      '--env',
      environment,
    ],
    {
      stdin: 'postgres://nobody:nothing@127.0.0.1:1/orders?sslmode=disable',
    },
  )

describe('broker dev, whose user an agent may be', () => {
  it('I1: takes no root of a protected environment, and says what to do instead', async () => {
    expect(await add('production')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('BROKER_UNSAFE_SAME_USER=1'),
    })
  })
  it('asks the vendor about a root of any other', async () => {
    const { code, stderr } = await add('staging')
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.not.stringContaining('BROKER_UNSAFE_SAME_USER'),
    })
  })
  it('I1: takes no root that spans a protected environment either', async () => {
    const key = { origin: 'https://api.example.com', secret: 'sk_live_0123456789' }
    await writeFile(join(broker.home, 'api.json'), JSON.stringify(key), { mode: 0o600 })
    const applied = async (tier: string) => {
      const directory = join(broker.home, tier)
      const anchors = (tenant: string) => [{ vendor: 'http', id: `api.example.com/${tenant}` }]
      const files = {
        version: 1,
        environments: {
          staging: { tier: 'standard', anchors: anchors('test') },
          production: { tier, anchors: anchors('live') },
        },
        roots: { api: { provider: 'http', owner: 'admin', secret: `file:${broker.home}/api.json` } },
      }
      await mkdir(directory, { recursive: true })
      await writeFile(join(directory, 'broker.yaml'), JSON.stringify(files))
      return await broker.cli(['apply', '--yes', '-f', directory])
    }
    expect(await applied('protected')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('BROKER_UNSAFE_SAME_USER=1'),
    })
    expect(await applied('standard')).toMatchObject({ code: 0 })
  })
})
