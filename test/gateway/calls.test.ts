import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { proofFor, send, tokenOf } from '../security/wire.ts'
import { sendRaw } from './raw.ts'
import { type ApiWorld, ROOT, startApiWorld, type Work } from './world.ts'

let world: ApiWorld
let task: Work
beforeAll(async () => {
  world = await startApiWorld()
  task = await world.task(['api', 'graph'])
}, 180_000)
afterAll(() => world?.stop())
beforeEach(() => world.vendor.reset())

const lastEvent = (type: string, phase: string) => world.lastEvent(task, type, phase)

it('a task that starts with fewer levels than its scope has is told which, and why', () => {
  const [api] = task.grants
  expect(api?.access).not.toContain('secret')
  expect(api?.denied_access).toEqual([
    { access: 'secret', code: 'denied', reason: expect.stringContaining('No policy') },
  ])
})

describe('a call through the gateway', () => {
  it('is made by the broker with the root, from operations alone', async () => {
    const answer = await task.call('POST', '/v1/orders', {
      body: { total: 7 },
      headers: {
        'x-forwarded-host': 'evil.example',
        cookie: 'a=b',
        'x-api-key': 'mine',
        'broker-approval': 'x',
      },
    })
    expect(answer.text).toBe('{"ok":true}')
    expect(world.vendor.hits).toHaveLength(1)
    const [hit] = world.vendor.hits
    expect(hit).toMatchObject({ method: 'POST', target: '/v1/orders', body: '{"total":7}' })
    expect(hit?.headers.map(([name]) => name.toLowerCase()).sort()).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ])
    expect(hit?.header('authorization')).toBe(`Bearer ${ROOT}`)
    expect(hit?.header('host')).toBe(world.vendor.host)
  })

  it('is announced before and answered for after, and neither says what was in it (I6)', async () => {
    await task.call('GET', '/v1/orders?page=3', {})
    const outcome = await lastEvent('gateway.called', 'outcome')
    const intents = (await world.events('gateway.called', task.id)).filter(({ id }) => id === outcome.intent)
    expect(intents).toMatchObject([
      {
        phase: 'intent',
        policies: ['staging-work'],
        access: ['read'],
        facts: { operation: 'list', connector: 'http', root: 'api', anchors: `${world.vendor.host}/staging` },
      },
    ])
    expect(outcome).toMatchObject({ result: 'ok', facts: { upstreamStatus: 200, responseBytes: 11 } })
  })

  it('passes on what of the head is on the list, and says which status was the vendor’s', async () => {
    world.vendor.answer(() => ({
      status: 404,
      headers: {
        'content-type': 'text/html',
        etag: '"1"',
        'x-ratelimit-remaining': '7',
        'x-request-id': 'vendor-1',
        'set-cookie': ['a=b', 'c=d'],
        'alt-svc': 'h3=":443"',
        'www-authenticate': 'Basic',
        'cache-control': 'public, max-age=600',
        server: 'vendor/1',
        link: '</v1/orders?page=2>; rel="next"',
      },
      body: 'none',
    }))
    const { status, text, headers } = await task.call('GET', '/v1/orders')
    expect([status, text]).toEqual([404, 'none'])
    const heads = Object.fromEntries(headers)
    expect(heads).toMatchObject({
      'content-type': 'text/html',
      etag: '"1"',
      'x-ratelimit-remaining': '7',
      'upstream-request-id': 'vendor-1',
      'upstream-status': '404',
      'cache-control': 'no-store',
      'x-request-id': expect.stringMatching(/^req_/),
      link: '</gateway/api/v1/orders?page=2>; rel="next"',
    })
    for (const name of ['set-cookie', 'alt-svc', 'www-authenticate', 'server'])
      expect(heads).not.toHaveProperty(name)
  })

  it('answers HEAD with a head', async () => {
    const { status, text, headers } = await task.call('HEAD', '/v1/orders')
    expect([status, text, headers.get('upstream-status')]).toEqual([200, '', '200'])
    expect(world.vendor.hits).toMatchObject([{ method: 'HEAD' }])
  })

  it('a GraphQL document is printed anew', async () => {
    const body = { query: 'query($i: ID!) { a: order(id: $i) { total } }', variables: { i: 'o1' } }
    const answer = await task.call('POST', '/graphql', { scope: 'graph', body })
    expect(answer.status).toBe(200)
    expect(world.vendor.hits).toHaveLength(1)
  })
})

describe('what is refused before a vendor is asked', () => {
  const refused = async (call: Promise<{ status: number; code: string | undefined }>, code: string) => {
    const { status, code: said } = await call
    expect([said, status]).toEqual([code, expect.any(Number)])
    expect(world.vendor.hits).toEqual([])
    expect(await lastEvent('gateway.denied', 'event')).toMatchObject({ result: 'denied', code })
  }

  it.each([
    ['a path that nobody declared', 'GET', '/v1/customers', 'no_such_operation'],
    ['another method', 'PATCH', '/v1/orders', 'method_refused'],
    ['a query that nobody declared', 'GET', '/v1/orders?all=1', 'query_refused'],
    ['an encoded separator', 'GET', '/v1/x%2f..%2forders', 'path_refused'],
  ])('%s, with the reason on record', async (_what, method, target, refusal) => {
    await refused(task.call(method, target), 'call_refused')
    expect((await lastEvent('gateway.denied', 'event')).facts).toMatchObject({ refusal })
  })

  it('an operation that nobody classified has a code of its own', () =>
    refused(
      task.call('POST', '/graphql', {
        scope: 'graph',
        body: { query: 'mutation { drop(id: "o1") { id } }' },
      }),
      'operation_unclassified',
    ))

  it('what the grant does not give, whatever the vendor would say; the agent hears why it does not', async () => {
    const call = task.call('PUT', '/v1/secret', { body: { a: 1 } })
    await refused(call, 'denied')
    expect((await call).text).toContain(
      'This task was not granted secret of this scope: No policy permits secret',
    )
  })

  it('a body over the limit', async () => {
    const { status } = await task.call('POST', '/v1/orders', { body: { total: 'x'.repeat(300_000) } })
    expect(status).toBe(413)
    expect(world.vendor.hits).toEqual([])
  })

  it('a proof that was used', async () => {
    const path = '/gateway/api/v1/orders'
    const headers = { authorization: `DPoP ${task.token}` }
    const dpop = proofFor(world.broker, task.who.key, { path, token: task.token })
    const once = () => fetch(world.broker.url + path, { headers: { ...headers, dpop } })
    expect((await once()).status).toBe(200)
    expect((await once()).status).toBe(401)
    expect(world.vendor.hits).toHaveLength(1)
  })

  it('whoever is no task: agents with their own token, people by key or session, strangers (I12)', async () => {
    const path = '/gateway/api/v1/orders'
    const agent = await send(world.broker, {
      path,
      token: await tokenOf(world.broker, world.fixer),
      key: world.fixer.key,
    })
    const admin = await world.broker.identity('default')
    const person = await send(world.broker, {
      path,
      token: await tokenOf(world.broker, admin),
      key: admin.key,
    })
    expect([agent.code, person.code]).toEqual(['forbidden', 'forbidden'])
    expect((await send(world.broker, { path })).code).toBe('unauthenticated')
    expect((await send(world.broker, { path, scheme: 'Bearer', token: task.token })).code).toBe(
      'invalid_token',
    )
    expect(world.vendor.hits).toEqual([])
  })

  it('another agent with this task’s token, and this task after its end', async () => {
    const theirs = await task.call('GET', '/v1/orders', { key: world.other.key })
    expect(theirs.status).toBe(401)
    const ended = await world.task(['api'])
    await ended.who.client.request({ method: 'POST', path: `/v1/tasks/${ended.id}/end`, body: {} })
    expect((await ended.call('GET', '/v1/orders')).code).toBe('task_ended')
    expect((await ended.call('GET', '/v1/orders', { scope: 'graph' })).code).toBe('task_ended')
    expect(world.vendor.hits).toEqual([])
  })

  it('what makes a request another one on the wire', async () => {
    const signed = { key: task.who.key, token: task.token, scope: 'api' }
    const cases = {
      'both framings': { headers: [['Transfer-Encoding', 'chunked']], body: '{"total":1}', method: 'POST' },
      'another method in a header': { headers: [['X-HTTP-Method-Override', 'DELETE']] },
      'another protocol': {
        headers: [
          ['Connection', 'Upgrade'],
          ['Upgrade', 'websocket'],
        ],
      },
      'an encoded body': { headers: [['Content-Encoding', 'gzip']], body: 'x', method: 'POST' },
      'a body where there is none': { headers: [], body: 'x' },
      TRACE: { method: 'TRACE', headers: [] },
    } as const
    const sent = Object.entries(cases).map(async ([what, { headers, ...more }]) => {
      const answer = await sendRaw(world.broker, signed, {
        target: '/v1/orders',
        verdict: 'framing',
        headers,
        ...more,
      })
      expect(answer.status, what).toBeGreaterThanOrEqual(400)
    })
    await Promise.all(sent)
    expect(world.vendor.hits).toEqual([])
  })
})

describe('where a call leads (I2)', () => {
  it('elsewhere, nowhere, unknown and strange are the same answer, byte for byte but for the request', async () => {
    world.vendor.answer(({ target }) => {
      const place = { '/v1/places/mine': 'staging', '/v1/places/theirs': 'production' }[target]
      if (place) return { body: JSON.stringify({ place }) }
      if (target === '/v1/places/strange') return { body: '<html>' }
      if (target === '/v1/places/huge') return { body: 'x'.repeat(3 * 1024 * 1024) }
      if (target === '/v1/places/encoded') return { body: 'x', headers: { 'content-encoding': 'gzip' } }
      return target.startsWith('/v1/items/') ? { body: 'item' } : { status: 404 }
    })
    const targets = [
      '/v1/live',
      '/v1/elsewhere',
      ...['theirs', 'unknown', 'strange', 'huge', 'encoded'].map((id) => `/v1/items/${id}`),
    ]
    const answers = new Set<string>()
    for (const target of targets) {
      const { text, status } = await task.call('GET', target)
      expect(status, target).toBe(403)
      answers.add(text.replace(/req_[a-z0-9]+/, 'req'))
    }
    expect([...answers]).toHaveLength(1)
    expect(JSON.parse([...answers][0] ?? '')).toMatchObject({ code: 'call_unresolved' })
    expect(world.vendor.hits.every(({ target }) => target.startsWith('/v1/places/'))).toBe(true)
    expect((await task.call('GET', '/v1/items/mine')).text).toBe('item')
  })

  it('questions to the vendor have their own intent and outcome (I6)', async () => {
    world.vendor.answer(() => ({ body: '{"place":"staging"}' }))
    await task.call('GET', '/v1/items/mine')
    const asked = await vi.waitFor(async () => {
      const all = (await world.events('gateway.called', task.id)).filter(
        ({ facts }) => facts?.['operation'] === 'resolve',
      )
      expect(all.filter(({ phase }) => phase === 'intent').length).toBe(
        all.filter(({ phase }) => phase === 'outcome').length,
      )
      return all
    }, 20_000)
    expect(asked.length).toBeGreaterThan(0)
  })
})
