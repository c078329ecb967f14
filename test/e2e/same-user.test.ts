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
})
