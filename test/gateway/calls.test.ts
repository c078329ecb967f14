import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ApiWorld, startApiWorld } from './world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await startApiWorld()
}, 180_000)
afterAll(() => world?.stop())
beforeEach(() => {
  world.vendor.answer(() => ({ headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }))
  world.vendor.forget()
})

describe('a call through the gateway', () => {
  it('is made with the root by the broker, and answered as the vendor answers', async () => {
    const task = await world.task(['api'])
    const answer = await task.call('GET', '/v1/orders?page=2')
    expect(answer.text).toBe('{"ok":true}')
    expect(answer.status).toBe(200)
  })
})
