import { LIMITS } from '@credbroker/core/limits'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { FAULTS } from '../harness/upstream.ts'
import { proofFor } from '../security/wire.ts'
import { type Connection, dial, type Headers, headOf, parsed, type Signed } from './raw.ts'
import { type ApiWorld, startApiWorld, type Work } from './world.ts'

/** As much as the kind of the scope takes. */
const LARGE = 8 * 1024 * 1024
const LENGTH = (bytes: number): Headers => [['Content-Length', String(bytes)]]

let world: ApiWorld
const open: Connection[] = []
beforeAll(async () => {
  world = await startApiWorld()
}, 180_000)
afterAll(() => world?.stop())
beforeEach(() => {
  for (const { socket } of open.splice(0)) socket.destroy()
  world.vendor.reset()
})

const signed = ({ token, who }: Work, scope: string): Signed => ({ token, key: who.key, scope })
const large = { method: 'POST', target: '/staging/shop.git/git-upload-pack', headers: LENGTH(LARGE) }
const small = { method: 'POST', target: '/v1/orders', headers: LENGTH(20) }

/** A connection on which these were sent, and nothing after them. */
function saying(...parts: readonly string[]): Connection {
  const connection = dial(world.broker)
  open.push(connection)
  for (const part of parts) connection.write(part)
  return connection
}
/** The whole answer, though the connection stays. */
const answered = (connection: Connection) =>
  vi.waitFor(() => {
    const answer = parsed(connection.heard)
    expect(answer.body.endsWith('}'), connection.heard).toBe(true)
    return { status: answer.status, code: JSON.parse(answer.body).code as string }
  }, 10_000)
/** Both must have been told apart: nothing was said on it by then. */
const isOpen = ({ socket, heard }: Connection) => heard === '' && !socket.destroyed

describe('nothing of a body is waited for', () => {
  it('where nobody knows who sends it, or its proof was used', async () => {
    const task = await world.task(['code'])
    const stranger = { ...signed(task, 'code'), token: 'x' }
    expect(await answered(saying(headOf(world.broker, stranger, large)))).toMatchObject({ status: 401 })
    const path = `/gateway/code${large.target}`
    const proof = proofFor(world.broker, task.who.key, { ...large, path, token: task.token })
    const head = headOf(world.broker, signed(task, 'code'), { ...large, proof })
    const first = saying(head)
    const second = saying(head)
    await vi.waitFor(() => expect([first, second].filter((one) => !isOpen(one))).toHaveLength(1), 20_000)
    const refused = isOpen(first) ? second : first
    expect(await answered(refused)).toEqual({ status: 401, code: 'replayed_proof' })
  })

  it('where the task has ended, or the scope takes less', async () => {
    const task = await world.task(['code', 'api'])
    const more = { ...small, headers: LENGTH(LARGE) }
    const tooLong = saying(headOf(world.broker, signed(task, 'api'), more))
    expect(await answered(tooLong)).toEqual({ status: 413, code: 'body_too_large' })
    // One call that was refused, one record of it.
    const { request_id: request } = JSON.parse(parsed(tooLong.heard).body) as { request_id: string }
    const written = await world.sql<{ type: string }>(`SELECT record::json ->> 'type' AS type FROM
      (SELECT record FROM audit_log UNION ALL SELECT record FROM audit_pending) a WHERE strpos(record, '${request}') > 0`)
    expect(written).toEqual([{ type: 'gateway.denied' }])
    await end(task)
    const ended = saying(headOf(world.broker, signed(task, 'code'), large))
    expect(await answered(ended)).toMatchObject({ code: 'task_ended' })
  })
})

const end = (task: Work) => world.broker.admin.request({ method: 'POST', path: `/v1/tasks/${task.id}/end` })

describe('bodies on their way', () => {
  it('are as many bytes of an agent as may be, announced or in chunks, and another agent has its own', async () => {
    const [task, other] = [await world.task(['code']), await world.task(['code'], world.other)]
    const head = (work: Work, headers: Headers = large.headers) =>
      headOf(world.broker, signed(work, 'code'), { ...large, headers })
    const fitting = LIMITS.heldBytesPerAgent / LARGE
    const sent = Array.from({ length: fitting + 1 }, () => saying(head(task)))
    await vi.waitFor(() => expect(sent.filter((one) => !isOpen(one))).toHaveLength(1), 20_000)
    const refused = sent.find((one) => !isOpen(one))
    expect(refused && (await answered(refused))).toEqual({ status: 429, code: 'budget_exceeded' })
    const chunked = saying(head(task, [['Transfer-Encoding', 'chunked']]), '4\r\nhalf\r\n')
    expect(await answered(chunked)).toEqual({ status: 429, code: 'budget_exceeded' })

    const theirs = saying(head(other))
    await end(other)
    expect(await answered(theirs)).toMatchObject({ code: 'task_ended' })
    // Hanging up gives back what was held.
    sent.find(isOpen)?.socket.destroy()
    await vi.waitFor(async () => {
      const again = saying(head(task), 'x'.repeat(LARGE))
      expect((await answered(again)).code).toBe('call_refused')
    }, 20_000)
  })

  it('count as calls of the agent', async () => {
    const task = await world.task(['api'], world.other)
    const head = () => headOf(world.broker, signed(task, 'api'), small)
    const sent = Array.from({ length: LIMITS.callsInFlight + 6 }, () => saying(head()))
    await vi.waitFor(() => expect(sent.filter((one) => !isOpen(one))).toHaveLength(6), 10_000)
    for (const one of sent.filter((each) => !isOpen(each)))
      expect(await answered(one)).toEqual({ status: 429, code: 'budget_exceeded' })
  })

  it('are not waited for past the end of their task, and nothing is sent for them (I8)', async () => {
    const task = await world.task(['api'])
    const slow = saying(headOf(world.broker, signed(task, 'api'), small), '{"tot')
    const whole = await task.call('GET', '/v1/orders')
    expect(whole.status).toBe(200)
    world.vendor.forget()
    expect(isOpen(slow)).toBe(true)
    await end(task)
    expect(await answered(slow)).toMatchObject({ code: 'task_ended' })
    slow.write('al":12345678901}')
    expect(world.vendor.hits).toEqual([])
  })

  it('nor are answers to the broker’s own questions (I8)', async () => {
    const task = await world.task(['api'])
    world.vendor.answer(FAULTS.silent())
    const answer = task.call('GET', '/v1/items/mine')
    await vi.waitFor(() => expect(world.vendor.hits).toHaveLength(1), 10_000)
    await end(task)
    expect((await answer).code).toBe('task_ended')
    expect(world.vendor.hits.map(({ target }) => target)).toEqual(['/v1/places/mine'])
    await vi.waitFor(() => expect(world.vendor.open).toBe(0), 10_000)
  })

  it('that break off are calls that were refused', async () => {
    const task = await world.task(['api'])
    const half = saying(headOf(world.broker, signed(task, 'api'), small), '{"tot')
    await task.call('GET', '/v1/orders')
    half.socket.destroy()
    await vi.waitFor(async () => {
      const denied = await world.events('gateway.denied', task.id)
      expect(denied).toMatchObject([{ result: 'denied', code: 'invalid_request' }])
    }, 20_000)
  })
})
