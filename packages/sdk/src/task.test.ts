import { importClientKey } from '@credbroker/core/client-key'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeBroker, fakeBroker } from '../test/fake-broker.ts'
import { fakeAws } from '../test/fake-credentials.ts'
import { systemIo } from './io.ts'
import { principalToken } from './principal-token.ts'
import { Task } from './task.ts'
import { TaskSession } from './task-session.ts'
import { Transport } from './transport.ts'

/** Time that only the test moves; what was planned runs when its time has come. */
function clock() {
  let now = Date.now()
  const planned = new Set<{ at: number; run: () => void }>()
  return {
    now: () => new Date(now),
    after: (milliseconds: number, run: () => void) => {
      const entry = { at: now + milliseconds, run }
      planned.add(entry)
      return () => void planned.delete(entry)
    },
    planned: () => [...planned].map(({ at }) => at - now),
    pass: (seconds: number) => {
      now += seconds * 1000
      for (const entry of planned)
        if (entry.at <= now) {
          planned.delete(entry)
          entry.run()
        }
    },
  }
}

let fake: FakeBroker
let time: ReturnType<typeof clock>
beforeEach(async () => {
  time = clock()
  fake = await fakeBroker({ 's3-reports': { credential: fakeAws } }, time.now)
})
afterEach(async () => await fake[Symbol.asyncDispose]())

async function start(heartbeat?: number) {
  const { now, after } = time
  const io = { ...systemIo, now, after }
  const key = importClientKey(fake.profile.key)
  const transport = new Transport(fake.url, key, io)
  const token = principalToken({ principal: 'agent:fixer', issuer: fake.url, key }, transport, io)
  const body = {
    environment: 'staging',
    purpose: 'p',
    scopes: ['s3-reports'],
    ...(heartbeat && { heartbeat }),
  }
  const call = { method: 'POST', path: '/v1/tasks', body, token: await token() } as const
  const started = await transport.call<TaskStarted>(call)
  return new Task(new TaskSession(started, now(), transport, token, io), io)
}
const beats = () => fake.calls.filter((call) => call.endsWith('/heartbeat')).length

describe('a task with a heartbeat', () => {
  it('is heard of three times as often as it must be, until it ends', async () => {
    const task = await start(15)
    for (let count = 1; count <= 4; count++) {
      time.pass(5)
      await expect.poll(() => [beats(), time.planned()]).toEqual([count, [5_000]])
    }
    await task.end()
    expect(time.planned()).toEqual([])
  })

  it('tries again within a second when the broker did not answer', async () => {
    await start(15)
    fake.settings.intercept = () => 'hang up'
    time.pass(5)
    await expect.poll(time.planned).toEqual([1_000])
  })

  it('stops when an operator has revoked the task, and says so', async () => {
    const task = await start(15)
    let over = false
    task.whenEnded(() => {
      over = true
    })
    fake.revoke(task.id)
    time.pass(5)
    await expect.poll(() => over).toBe(true)
    await expect.poll(time.planned).toEqual([])
    expect(task.state).toBe('ended')
  })
})

describe('the token of a task', () => {
  it('is renewed ahead of its end, once for all who need it', async () => {
    const task = await start()
    time.pass(290)
    await Promise.all([
      task.credential('s3-reports'),
      task.credential('s3-reports'),
      task.aws('s3-reports')(),
    ])
    expect(beats()).toBe(1)
    expect(fake.leases).toHaveLength(3)
  })

  it('comes back after a machine slept through its end: the key asks for it again', async () => {
    const task = await start()
    time.pass(1_200)
    await task.credential('s3-reports')
    expect(fake.calls.filter((call) => call === 'POST /oauth/token')).toHaveLength(2)
    expect(beats()).toBe(1)
  })

  it('is used to its end while the broker cannot renew it', async () => {
    const task = await start()
    time.pass(250)
    fake.settings.intercept = ({ path }) => (path.endsWith('/heartbeat') ? 'hang up' : undefined)
    expect((await task.credential('s3-reports')).scope).toBe('s3-reports')
    time.pass(60)
    await expect(task.credential('s3-reports')).rejects.toMatchObject({ code: 'unreachable' })
  })
})
