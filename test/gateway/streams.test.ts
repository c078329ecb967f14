import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { TestBroker } from '../harness/broker.ts'
import { events as vendorEvents } from '../harness/upstream.ts'
import { type ApiWorld, startApiWorld, type Work } from './world.ts'

let world: ApiWorld
let second: TestBroker
beforeAll(async () => {
  world = await startApiWorld()
  second = await world.broker.replica()
}, 180_000)
afterAll(() => world?.stop())

/** A stream that has begun: what was read of it, and how it ended. */
async function listening(task: Work, at: TestBroker = world.broker) {
  const source = vendorEvents()
  world.vendor.answer(source.answerer)
  const response = await task.open('GET', '/v1/stream', { at })
  expect(response.status).toBe(200)
  const body = response.body
  if (!body) throw new Error('no body')
  const reader = body.getReader()
  const read = async () => Buffer.from((await reader.read()).value ?? []).toString()
  /** `done` for a polite end, `broken` for a connection that was destroyed. */
  const rest = async (): Promise<string> => {
    try {
      for (;;) if ((await reader.read()).done) return 'done'
    } catch {
      return 'broken'
    }
  }
  return { source, reader, read, rest, type: response.headers.get('content-type') }
}

const outcome = (task: Work, cut: string | undefined) =>
  vi.waitFor(async () => {
    const outcomes = (await world.events('gateway.called', task.id)).filter(
      ({ phase }) => phase === 'outcome',
    )
    expect(outcomes).toMatchObject([{ result: 'ok', facts: { upstreamStatus: 200 } }])
    expect(outcomes[0]?.facts?.['cut']).toBe(cut)
  }, 20_000)
const closed = () => vi.waitFor(() => expect(world.vendor.open).toBe(0), 10_000)
const admin = (method: 'POST' | 'DELETE', path: string, body?: unknown) =>
  world.broker.admin.request<unknown>({ method, path, ...(body !== undefined && { body }) })

const endsSoon = ({ grants }: Work) =>
  world.sql(
    `UPDATE grants SET ends_at = clock_timestamp() + interval '1 second' WHERE id = '${grants[0]?.id}'`,
  )

describe('a stream', () => {
  it('comes event by event, and ends when the vendor ends it', async () => {
    const task = await world.task(['api'])
    const { source, read, rest, type } = await listening(task)
    expect(type).toBe('text/event-stream')
    for (const text of ['one', 'two']) {
      source.send(text)
      expect(await read()).toBe(`data: ${text}\n\n`)
    }
    source.close()
    expect(await rest()).toBe('done')
    await outcome(task, undefined)
  })

  it('is cut at one replica when its grant is revoked at another one, and not ended politely (I8)', async () => {
    const task = await world.task(['api'])
    const { source, read, rest } = await listening(task, second)
    source.send('one')
    expect(await read()).toBe('data: one\n\n')
    await admin('DELETE', `/v1/grants/${task.grants[0]?.id}`)
    expect(await rest()).toBe('broken')
    await closed()
    await outcome(task, 'ended')
  })

  it('is cut when the task ends, and when it is frozen (I8)', async () => {
    const ended = await world.task(['api'])
    const one = await listening(ended)
    await ended.who.client.request({ method: 'POST', path: `/v1/tasks/${ended.id}/end`, body: {} })
    expect(await one.rest()).toBe('broken')

    const frozen = await world.task(['api'])
    const two = await listening(frozen, second)
    await admin('POST', '/v1/freeze', { agent: 'fixer' })
    expect(await two.rest()).toBe('broken')
    expect((await frozen.call('GET', '/v1/orders')).status).toBe(403)
    await closed()
    await outcome(ended, 'ended')
    await outcome(frozen, 'ended')
    await world.broker.cli(['unfreeze', '--agent', 'fixer'])
  })

  it('ends with the grant’s own end, though nobody revokes it', async () => {
    const task = await world.task(['api'], world.other, { ttl: 600 })
    const { rest } = await listening(task, second)
    await endsSoon(task)
    expect(await rest()).toBe('broken')
    await outcome(task, 'ended')
  })

  it('of a sub-agent is cut when what it was handed ends above it: a grant revoked, a task ended, a time over (I8, I9)', async () => {
    const revoked = await world.task(['api'], world.other)
    const ended = await world.task(['api'], world.other)
    const over = await world.task(['api'], world.other)
    for (const [parent, end] of [
      [revoked, () => admin('DELETE', `/v1/grants/${revoked.grants[0]?.id}`)],
      [ended, () => admin('POST', `/v1/tasks/${ended.id}/end`)],
      [over, () => endsSoon(over)],
    ] as const) {
      const grandchild = await world.delegate(await world.delegate(parent))
      const { source, read, rest } = await listening(grandchild, second)
      source.send('one')
      expect(await read()).toBe('data: one\n\n')
      await end()
      expect(await rest()).toBe('broken')
      await outcome(grandchild, 'ended')
      expect((await grandchild.call('GET', '/v1/orders')).status).toBe(403)
    }
    await closed()
  })

  it('is ended at the vendor when the client hangs up', async () => {
    const task = await world.task(['api'], world.other)
    const { reader } = await listening(task)
    await reader.cancel()
    await closed()
    await outcome(task, 'client')
  })

  it('that breaks off at the vendor breaks off at the client', async () => {
    const task = await world.task(['api'], world.other)
    world.vendor.answer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write('half', () => response.destroy())
    })
    const response = await task.open('GET', '/v1/stream')
    await expect(response.text()).rejects.toThrow()
    await outcome(task, 'vendor')
  })

  it('is cut when the broker stops', async () => {
    const task = await world.task(['api'], world.other)
    const { rest } = await listening(task, second)
    await second.stop()
    expect(await rest()).toBe('broken')
    await outcome(task, 'stopped')
  })
})
