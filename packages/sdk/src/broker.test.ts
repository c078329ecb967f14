import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeBroker, fakeBroker } from '../test/fake-broker.ts'
import { fakeAws, fakePostgres } from '../test/fake-credentials.ts'
import { Broker } from './broker.ts'
import { ApprovalRequiredError, BrokerApiError, BrokerUnreachableError, DeniedError } from './errors.ts'

let fake: FakeBroker
let broker: Broker
const wanted = {
  environment: 'staging',
  purpose: 'fix flaky checkout test',
  scopes: ['orders-ro', 's3-reports'],
}

beforeEach(async () => {
  fake = await fakeBroker({
    'orders-ro': { credential: fakePostgres },
    's3-reports': { credential: fakeAws },
    'orders-drop': { credential: fakePostgres, state: 'pending' },
    'prod-orders': {
      credential: fakePostgres,
      state: 'denied',
      code: 'environment_mismatch',
      reason: 'it is of production',
    },
  })
  broker = new Broker(fake.profile)
})
afterEach(async () => await fake[Symbol.asyncDispose]())

const count = (call: string) => fake.calls.filter((each) => each === call).length

describe('starting a task', () => {
  it('gives the grants and ends with the block, which revokes what was minted', async () => {
    {
      await using task = await broker.startTask({ ...wanted, ticket: 'PAY-812', ttl: '30m' })
      expect(task.grants.map(({ scope, state, form }) => [scope, state, form])).toEqual([
        ['orders-ro', 'active', 'postgres'],
        ['s3-reports', 'active', 'aws'],
      ])
      await task.credential('orders-ro')
    }
    expect([...fake.tasks.values()].map((task) => task.state)).toEqual(['ended'])
    expect(fake.leases.map((lease) => lease.credential_dead)).toEqual([true])
  })

  it('finds itself signed in where that was done ahead, and says by itself what is wrong', async () => {
    await Promise.all([broker.signIn(), broker.signIn()])
    await (await broker.startTask(wanted)).end()
    expect(count('POST /oauth/token')).toBe(1)
    await new Broker({ ...fake.profile, url: 'http://127.0.0.1:1' }).signIn()
  })

  it('is one task when the first answer was lost', async () => {
    let lost = 0
    fake.settings.intercept = ({ path }) => (path === '/v1/tasks' && lost++ === 0 ? 'hang up' : undefined)
    await using task = await broker.startTask(wanted)
    expect(task.state).toBe('active')
    expect(fake.tasks.size).toBe(1)
    expect(count('POST /v1/tasks')).toBe(2)
  })

  it('with nothing granted is a typed denial with the reason of each scope', async () => {
    const error = await broker
      .startTask({ ...wanted, scopes: ['prod-orders'] })
      .catch((each: unknown) => each)
    expect(error).toBeInstanceOf(DeniedError)
    expect(error).toMatchObject({
      code: 'environment_mismatch',
      reason: 'it is of production',
      retryable: false,
    })
    expect((error as DeniedError).grants).toMatchObject([{ scope: 'prod-orders', state: 'denied' }])
    expect(count('POST /v1/tasks')).toBe(1)
  })

  it('says unreachable when nobody listens', async () => {
    await fake[Symbol.asyncDispose]()
    await expect(broker.startTask(wanted)).rejects.toThrow(BrokerUnreachableError)
  })

  it('signs again with the nonce that the broker asks for, and keeps it', async () => {
    fake.settings.requiredNonce = 'n-1'
    await using task = await broker.startTask(wanted)
    await task.credential('orders-ro')
    expect(count('POST /oauth/token')).toBe(2)
    expect(count('POST /v1/tasks')).toBe(1)
    expect(fake.leases).toHaveLength(1)
  })
})

describe('a scope that was not granted', () => {
  it('throws the denial of the broker where its handle is made, without asking again', async () => {
    await using task = await broker.startTask({ ...wanted, scopes: ['orders-ro', 'prod-orders'] })
    await expect(task.postgres('prod-orders')).rejects.toThrow(DeniedError)
    expect(() => task.aws('prod-orders')).toThrow('it is of production')
    expect(count('POST /v1/credentials')).toBe(0)
  })

  it('throws the approval link while a person has to decide', async () => {
    await using task = await broker.startTask({ ...wanted, scopes: ['orders-ro', 'orders-drop'] })
    const error = await task.postgres('orders-drop').catch((each: unknown) => each)
    expect(error).toBeInstanceOf(ApprovalRequiredError)
    expect(error).toMatchObject({ approvalUrl: `${fake.url}/approvals/1`, retryable: true })
  })

  it('can be asked for later', async () => {
    await using task = await broker.startTask({ ...wanted, scopes: ['orders-ro'] })
    expect(await task.request(['s3-reports', 'prod-orders'])).toMatchObject([
      { state: 'active' },
      { state: 'denied' },
    ])
    expect((await task.aws('s3-reports')()).accessKeyId).toBe('ASIAFAKE1')
  })

  it('of another form is a mistake that is named', async () => {
    await using task = await broker.startTask(wanted)
    expect(() => task.aws('orders-ro')).toThrow('scope orders-ro mints postgres, not aws')
  })
})

describe('minting', () => {
  it('is never repeated by itself: a lost answer is an error', async () => {
    await using task = await broker.startTask(wanted)
    fake.settings.intercept = ({ path }) => (path === '/v1/credentials' ? 'hang up' : undefined)
    await expect(task.credential('orders-ro')).rejects.toThrow(BrokerUnreachableError)
    expect(count('POST /v1/credentials')).toBe(1)
  })

  it('I8: is refused once the task was revoked from the other side, and the task knows it is over', async () => {
    const task = await broker.startTask(wanted)
    let over = 0
    task.whenEnded(() => {
      over++
    })
    fake.revoke(task.id)
    await expect(task.credential('orders-ro')).rejects.toMatchObject({ code: 'task_ended' })
    await expect(task.credential('orders-ro')).rejects.toThrow(BrokerApiError)
    expect([task.state, over, count('POST /v1/credentials')]).toEqual(['ended', 1, 1])
  })
})

describe('ending a task', () => {
  it('tells what is dead, and twice is the same as once', async () => {
    const task = await broker.startTask(wanted)
    await task.credential('s3-reports')
    const ended = await task.end()
    expect(ended).toMatchObject([{ scope: 's3-reports', credentialDead: true, sessionsDead: true }])
    expect(await task.end()).toBe(ended)
    expect(count(`POST /v1/tasks/${task.id}/end`)).toBe(1)
  })

  it('is tried again when the answer was lost', async () => {
    const task = await broker.startTask(wanted)
    let lost = 0
    fake.settings.intercept = ({ path }) => (path.endsWith('/end') && lost++ === 0 ? 'hang up' : undefined)
    await task.end()
    expect(fake.tasks.get(task.id)?.state).toBe('ended')
  })
})

it('I1: nothing that a handle, a task or an error prints shows a secret', async () => {
  await using task = await broker.startTask(wanted)
  const raw = await task.credential('orders-ro')
  const handle = task.lease('s3-reports')
  const aws = await task.awsConfig('s3-reports')
  const things = [
    broker,
    task,
    raw,
    handle,
    aws,
    await task.postgres('orders-ro'),
    await task.pg('orders-ro'),
  ]
  const printed = things.map((thing) => {
    const text = `${inspect(thing, { depth: 12, showHidden: true })}${JSON.stringify(thing)}${String(thing)}`
    return text
  })
  const { d } = JSON.parse(fake.profile.key.expose()) as { d: string }
  for (const text of printed) expect(text).not.toMatch(/canary|task\.tsk_|agent\.fixer\./)
  for (const text of printed) expect(text).not.toContain(d)
})

it.each(['http://broker.example', 'ftp://127.0.0.1', 'https://user:pass@broker.example', 'nonsense'])(
  'refuses the URL %s',
  (url) => {
    expect(() => new Broker({ ...fake.profile, url })).toThrow(TypeError)
  },
)
