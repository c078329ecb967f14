import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ApiWorld, startApiWorld } from './world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await startApiWorld()
}, 180_000)
afterAll(() => world?.stop())

describe('a batch of calls', () => {
  const asking = (requests: readonly object[]) =>
    world
      .task(['api'])
      .then((task) =>
        task.call('POST', '', { scope: '', path: '/v1/approvals', body: { scope: 'api', requests } }),
      )

  it('is denied whole where one of it would be, which is named; nothing is sent', async () => {
    world.vendor.forget()
    const answer = await asking([
      { method: 'DELETE', path: '/v1/orders/o1' },
      { method: 'GET', path: '/v1/live' },
    ])
    expect([answer.code, answer.body.detail]).toEqual([
      'call_unresolved',
      expect.stringContaining('Request 1'),
    ])
    expect(world.vendor.hits).toEqual([])
  })

  it('of nothing that needs a person is sent by itself', async () => {
    const answer = await asking([{ method: 'GET', path: '/v1/orders' }])
    expect(answer.code).toBe('invalid_request')
  })
})

describe('a vendor that is not there', () => {
  it('was certainly not called, and the outcome says so (I6)', async () => {
    const task = await world.task(['api'])
    await world.vendor.stop()
    const answer = await task.call('POST', '/v1/orders', { body: { total: 1 } })
    expect(answer.code).toBe('vendor_unavailable')
    await vi.waitFor(async () => {
      const outcomes = (await world.events('gateway.called', task.id)).filter(
        ({ phase }) => phase === 'outcome',
      )
      expect(outcomes).toMatchObject([{ result: 'failed', code: 'vendor_unavailable' }])
    }, 20_000)
  })
})
