import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { FAULTS } from '../harness/upstream.ts'
import { type ApiWorld, startApiWorld } from './world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await startApiWorld()
}, 180_000)
afterAll(() => world?.stop())
beforeEach(() => {
  world.vendor.answer(() => ({ body: 'ok' }))
  world.vendor.forget()
})

const calls = async (task: string) => {
  const all = await world.events('gateway.called', task)
  return {
    intents: all.filter(({ phase }) => phase === 'intent'),
    outcomes: all.filter(({ phase }) => phase === 'outcome'),
  }
}

describe('no audit, no access (I6)', () => {
  it('under load every hit at the vendor has an intent that was durable before it, and each its outcome', async () => {
    const tasks = [await world.task(['api']), await world.task(['api'], world.other)]
    let unannounced = 0
    world.vendor.answer(async () => {
      const hits = world.vendor.hits.length
      // As the database has it while the vendor is being asked.
      const [row] = await world.sql<{ count: string }>(
        `SELECT (SELECT count(*) FROM audit_pending WHERE record LIKE '%"gateway.called"%"phase":"intent"%' OR record LIKE '%"phase":"intent"%"gateway.called"%')
              + (SELECT count(*) FROM audit_log WHERE record LIKE '%"phase":"intent"%' AND record LIKE '%"gateway.called"%') AS count`,
      )
      if (Number(row?.count) < hits) unannounced += 1
      return { body: 'ok' }
    })
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, at) => tasks[at % 2]?.call('GET', `/v1/orders?page=${at}`)),
    )
    expect(answers.map((answer) => answer?.status)).toEqual(answers.map(() => 200))
    expect(world.vendor.hits).toHaveLength(60)
    expect(unannounced).toBe(0)
    await vi.waitFor(async () => {
      for (const { id } of tasks) {
        const { intents, outcomes } = await calls(id)
        expect(intents).toHaveLength(30)
        expect(new Set(outcomes.map(({ intent }) => intent))).toEqual(new Set(intents.map(({ id }) => id)))
      }
    }, 20_000)
  })

  it('a broker that is killed while the vendor works leaves an intent without outcome, and asks nobody again', async () => {
    const task = await world.task(['api'])
    world.vendor.answer(FAULTS.silent())
    const call = task.call('POST', '/v1/orders', { body: { total: 1 } }).catch(() => 'nobody answered')
    await vi.waitFor(() => expect(world.vendor.hits).toHaveLength(1), 20_000)
    await world.broker.kill9()
    expect(await call).toBe('nobody answered')
    world.vendor.answer(() => ({ body: 'ok' }))
    await world.broker.restart()
    // It works again, and has looked after what was left over.
    expect((await task.call('GET', '/v1/orders')).status).toBe(200)
    await vi.waitFor(async () => {
      const { intents, outcomes } = await calls(task.id)
      const open = intents.filter(({ id }) => outcomes.every(({ intent }) => intent !== id))
      expect(open).toMatchObject([{ facts: { operation: 'add', method: 'POST' } }])
    }, 20_000)
    expect(world.vendor.hits.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  it('without a database nothing reaches the vendor', async () => {
    const task = await world.task(['api'])
    await world.sql('ALTER TABLE audit_pending RENAME TO audit_away')
    try {
      const answer = await task.call('GET', '/v1/orders')
      expect(answer.status).toBe(503)
      expect(world.vendor.hits).toEqual([])
    } finally {
      await world.sql('ALTER TABLE audit_away RENAME TO audit_pending')
    }
    expect((await task.call('GET', '/v1/orders')).status).toBe(200)
  })
})
