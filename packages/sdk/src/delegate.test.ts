import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type FakeBroker, fakeBroker } from '../test/fake-broker.ts'
import { fakeAws } from '../test/fake-credentials.ts'
import { Borrower } from './borrower.ts'
import { Broker } from './broker.ts'
import type { Task } from './task.ts'

let fake: FakeBroker
let parent: Task
beforeEach(async () => {
  fake = await fakeBroker({
    's3-reports': { credential: fakeAws },
    payroll: { credential: fakeAws, state: 'denied' },
  })
  parent = await new Broker(fake.profile).startTask({
    environment: 'staging',
    purpose: 'the whole',
    scopes: ['s3-reports'],
  })
})
afterEach(async () => await fake[Symbol.asyncDispose]())

it('a part of a task is a task of its own, ended when its block is left, and nothing else with it', async () => {
  let child: Task
  {
    await using part = await parent.delegate({
      scopes: ['s3-reports', 'payroll'],
      purpose: 'a part',
      subAgent: 'tests',
    })
    child = part
    expect(part.id).not.toBe(parent.id)
    expect(part.grants.map(({ state }) => state)).toEqual(['active', 'denied'])
    expect((await part.aws('s3-reports')()).accessKeyId).toMatch(/^ASIAFAKE/)
    expect(() => part.aws('payroll')).toThrow('no policy permits it')
  }
  expect(child.state).toBe('ended')
  expect(parent.state).toBe('active')
})

it('where the broker asks for its nonce, both keys prove with it', async () => {
  fake.settings.requiredNonce = 'fresh'
  await using child = await parent.delegate({ scopes: ['s3-reports'], purpose: 'a part' })
  await child.credential('s3-reports')
})

it('a key in another process borrows a part, and what it was lent is no use to another key', async () => {
  const borrower = new Borrower(parent.lender)
  const lent = await parent.lend({ scopes: ['s3-reports'], purpose: 'a part', proof: borrower.proof() })
  // What the other process is told can be told as text.
  await using child = borrower.task(JSON.parse(JSON.stringify(lent)))
  await child.credential('s3-reports')
  expect(child.endsAt).toEqual(parent.endsAt)
})

it('its token is renewed though nothing is called: no enrolled key could get another one', async () => {
  const waits: number[] = []
  const beats: (() => void)[] = []
  const after = (milliseconds: number, run: () => void) => {
    waits.push(milliseconds)
    beats.push(run)
    return () => {}
  }
  const borrower = new Borrower(parent.lender, { after })
  const child = borrower.task(
    await parent.lend({ scopes: ['s3-reports'], purpose: 'a part', proof: borrower.proof() }),
  )
  expect(waits).toEqual([150_000])
  beats[0]?.()
  await vi.waitUntil(() => fake.calls.includes(`POST /v1/tasks/${child.id}/heartbeat`), 20_000)
})
