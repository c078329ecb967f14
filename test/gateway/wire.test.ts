import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { proofFor } from '../security/wire.ts'
import { type Connection, dial, type Headers, headOf, statuses } from './raw.ts'
import { type ApiWorld, ROOT, startApiWorld, type Work } from './world.ts'

let world: ApiWorld
let task: Work
beforeAll(async () => {
  world = await startApiWorld()
  task = await world.task(['cases', 'api'])
}, 180_000)
afterAll(() => world?.stop())
beforeEach(() => world.vendor.reset())

const JSON_TYPE: Headers = [['Content-Type', 'application/json']]
const CLOSE: Headers = [['Connection', 'close']]
const head = (method: string, target: string, headers: Headers = [], proof?: string) =>
  headOf(
    world.broker,
    { key: task.who.key, token: task.token, scope: 'cases' },
    {
      method,
      target,
      headers,
      ...(proof !== undefined && { proof }),
    },
  )
const get = (headers: Headers = [], proof?: string) => head('GET', '/v1/orders', headers, proof)
/** One whole request. */
const patch = (body: string, headers: Headers = []) =>
  head('PATCH', '/v1/orders/o1', [...JSON_TYPE, ['Content-Length', String(body.length)], ...headers]) + body
const chunked = (body: string, trailers = '') =>
  head('PATCH', '/v1/orders/o1', [...JSON_TYPE, ['Transfer-Encoding', 'chunked'], ...CLOSE]) +
  `${body.length.toString(16)}\r\n${body}\r\n0\r\n${trailers}\r\n`

/** All of it at once, and what came back until the broker closed. */
async function said(...parts: readonly string[]): Promise<string> {
  const connection: Connection = dial(world.broker)
  connection.write(parts.join(''))
  return await connection.closed
}
const received = () => world.vendor.hits.map(({ method, target, body }) => `${method} ${target} ${body}`)

describe('requests one after another on one connection, sent at once', () => {
  it('are calls of their own, answered in order', async () => {
    world.vendor.answer(({ method }) => ({ body: `{"was":"${method}"}` }))
    const heard = await said(patch('{"title":"a"}'), get(), patch('{"title":"b"}', CLOSE))
    expect(statuses(heard)).toEqual([200, 200, 200])
    expect([...heard.matchAll(/"was":"(\w+)"/g)].map(([, method]) => method)).toEqual([
      'PATCH',
      'GET',
      'PATCH',
    ])
    expect(received().sort()).toEqual([
      'GET /v1/orders ',
      'PATCH /v1/orders/o1 {"title":"a"}',
      'PATCH /v1/orders/o1 {"title":"b"}',
    ])
  })

  it('need a proof each', async () => {
    const path = '/gateway/cases/v1/orders'
    const proof = proofFor(world.broker, task.who.key, { path, token: task.token })
    const heard = await said(get([], proof), get(CLOSE, proof))
    expect(statuses(heard).sort()).toEqual([200, 401])
    expect(received()).toEqual(['GET /v1/orders '])
  })

  it('what stands in a body is no request, also where the body is refused before it is read', async () => {
    const hidden = get()
    const refused = head('PATCH', '/v1/orders/o1', [...JSON_TYPE, ['Content-Length', '300000']])
    expect(statuses(await said(refused, hidden, 'x'.repeat(300_000 - hidden.length)))).toEqual([413])
    expect(statuses(await said(patch(hidden, CLOSE)))).toEqual([400])
    const nobody = refused.replace(task.token, 'x')
    const heard = await said(nobody, hidden, 'x'.repeat(300_000 - hidden.length), get(CLOSE))
    expect(statuses(heard)[0]).toBe(401)
    // Where the connection goes on, it goes on behind the body.
    expect(received().length).toBe(statuses(heard).filter((status) => status === 200).length)
    expect(received().length).toBeLessThanOrEqual(1)
  })

  it('end with what is no request', async () => {
    const heard = await said(get(), 'EHLO elsewhere.example\r\n\r\n')
    expect(statuses(heard).at(-1)).toBe(400)
    expect(received().length).toBeLessThanOrEqual(1)
  })

  it('a body that is longer than it says is not a longer body', async () => {
    const short = patch('{"title":"a"}').replace('{"title":"a"}', '{"title":"a"}GET')
    const heard = await said(short, ' /v1/admin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(statuses(heard)).toEqual([200, 404])
    expect(received()).toEqual(['PATCH /v1/orders/o1 {"title":"a"}'])
  })
})

describe('a request in chunks', () => {
  it('is its body, however it was cut', async () => {
    expect(statuses(await said(chunked('{"title":"a"}')))).toEqual([200])
    expect(received()).toEqual(['PATCH /v1/orders/o1 {"title":"a"}'])
  })

  it.each([
    ['another method', 'X-HTTP-Method-Override: DELETE\r\n'],
    ['another credential', 'Authorization: Bearer mine\r\n'],
    ['anything', 'X-Anything: 1\r\n'],
  ])('is refused with trailers: %s', async (_what, trailers) => {
    const heard = await said(chunked('{"title":"a"}', trailers))
    expect(statuses(heard)).toEqual([400])
    expect(heard).toContain('"code":"call_refused"')
    expect(received()).toEqual([])
  })

  it.each([
    ['an extension of a chunk that breaks the line', 'd;a=\n\r\n{"title":"a"}\r\n0\r\n\r\n'],
    ['a length that is no number', 'zz\r\n{"title":"a"}\r\n0\r\n\r\n'],
    ['a length with a sign', '+d\r\n{"title":"a"}\r\n0\r\n\r\n'],
    ['another length behind it', 'd\r\n{"title":"a"}\r\n0\r\nContent-Length: 3\r\n\r\n'],
    ['a chunk that is longer than it says', '3\r\n{"title":"a"}\r\n0\r\n\r\n'],
  ])('is no request: %s', async (_what, body) => {
    const begun = head('PATCH', '/v1/orders/o1', [...JSON_TYPE, ['Transfer-Encoding', 'chunked'], ...CLOSE])
    expect(statuses(await said(begun, body))).toEqual([400])
    expect(received()).toEqual([])
  })
})

describe('what a vendor says before its answer', () => {
  it('stays with the broker: hints, and that it goes on', async () => {
    world.vendor.answer((_, response) => {
      response.writeProcessing()
      response.writeEarlyHints({ link: '</v1/x>; rel=preload', 'x-secret': ROOT })
      return { body: '{"ok":true}' }
    })
    const heard = await said(get(CLOSE))
    expect(statuses(heard)).toEqual([200])
    expect(heard).not.toMatch(/preload|x-secret/i)
    expect(heard).not.toContain(ROOT)
  })

  it.each([
    [
      'another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nfree text',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\nokHTTP/1.1'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok'],
    [
      'leave to go on, which nobody asked for',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfree text',
    ],
    ['no HTTP', '220 elsewhere.example ESMTP\r\n'],
  ])('is no answer where it is %s, and what followed is lost', async (_what, bytes) => {
    world.vendor.answer((_, response) => {
      response.socket?.end(bytes)
    })
    const heard = await said(get(CLOSE))
    expect(statuses(heard)).toEqual([504])
    expect(heard).toContain('"code":"vendor_unavailable"')
    expect(heard).not.toMatch(/free text|ESMTP/)
    expect(received()).toEqual(['GET /v1/orders '])
  })

  it('a second answer behind the first reaches nobody, and no other call', async () => {
    world.vendor.answer((_, response) => {
      const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      response.socket?.write(answer('{"first":1}') + answer('{"second":2}'))
    })
    expect(await said(get(CLOSE))).toContain('{"first":1}')
    world.vendor.answer(() => ({ body: '{"third":3}' }))
    const heard = await said(get(CLOSE))
    expect(heard).toContain('{"third":3}')
    expect(heard).not.toContain('second')
  })

  it('its trailers reach nobody', async () => {
    world.vendor.answer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', trailer: 'x-after' })
      response.write('text')
      response.addTrailers({ 'x-after': ROOT })
      response.end()
    })
    const heard = await said(get(CLOSE))
    expect(statuses(heard)).toEqual([200])
    expect(heard).not.toMatch(/x-after/i)
    expect(heard).not.toContain(ROOT)
  })
})
