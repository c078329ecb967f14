import { describe, expect, it } from 'vitest'
import { asked } from '../../../../test/contracts/connector/subject.ts'
import { connectorContract } from '../../../../test/contracts/connector.ts'
import http from './http.ts'

const orders = {
  listOrders: {
    method: 'GET',
    path: '/v1/orders',
    access: ['read'],
    query: { limit: 'number', search: 'text' },
    anchor: 'orders',
  },
  getOrder: {
    method: 'GET',
    path: '/v1/orders/{order}',
    access: ['read'],
    parameters: { order: 'id' },
    anchor: 'orders',
  },
  getStatistics: { method: 'GET', path: '/v1/orders/statistics', access: ['read'], anchor: 'orders' },
  patchProject: {
    method: 'PATCH',
    path: '/v1/projects/{project}',
    access: ['write'],
    parameters: { project: 'id' },
    body: ['title', 'labels'],
    anchor: 'projects/{project}',
  },
  deleteVolume: {
    method: 'DELETE',
    path: '/v1/volumes/{volume}',
    access: ['delete'],
    parameters: { volume: 'id' },
    lookup: { path: '/v1/volumes/{volume}', pick: { project: 'data.project.id' } },
    anchor: 'projects/{project}',
  },
}

connectorContract(http, {
  root: { origin: 'https://api.example.com', secret: 'sk_live_4b1f8a90c2d7' },
  secret: 'sk_live_4b1f8a90c2d7',
  reaches: ['api.example.com'],
  spec: { operations: orders },
  samples: [
    {
      request: asked('GET', '/v1/orders?search=a%26b%3Dc%20d&limit=10'),
      operation: 'listOrders',
      access: ['read'],
      anchors: ['api.example.com/orders'],
    },
    {
      request: asked('PATCH', '/v1/projects/p1', { title: 'A “title”', labels: [1, { b: null }] }),
      operation: 'patchProject',
      access: ['write'],
      anchors: ['api.example.com/projects/p1'],
    },
    {
      request: asked('DELETE', '/v1/volumes/v9'),
      operation: 'deleteVolume',
      access: ['delete'],
      anchors: ['api.example.com/projects/p7'],
    },
  ],
  refused: {
    'a path that no operation has': asked('GET', '/v1/customers'),
    'an operation below another one': asked('GET', '/v1/orders/o1/refunds'),
    'an id that is none': asked('GET', '/v1/orders/o1.json'),
    'a body where there is none': asked('DELETE', '/v1/volumes/v9', { force: true }),
    'a trailing slash': asked('GET', '/v1/orders/'),
    'a `+`, which is a space to some': asked('GET', '/v1/orders?search=a+b'),
    'a query parameter of another form': asked('GET', '/v1/orders?limit=1e9'),
    'a batch': asked('PATCH', '/v1/projects/p1', [{ title: 'a' }, { title: 'b' }]),
    'a method in the query': asked('GET', '/v1/orders?method=DELETE'),
  },
  vendor: (_, target) =>
    target === '/v1/volumes/v9'
      ? { status: 200, body: '{"data":{"project":{"id":"p7"}}}' }
      : { status: 404, body: '' },
})

describe('the scope of an HTTP API', () => {
  const parse = (operations: object) => http.spec.safeParse({ operations })
  const one = (change: object) => parse({ a: { ...orders.getOrder, ...change } }).success

  it('a path that is written out wins over a parameter', () => {
    const spec = http.spec.parse({ operations: orders })
    expect(http.parse(asked('GET', '/v1/orders/statistics'), spec)).toMatchObject({
      operations: [{ name: 'getStatistics' }],
    })
  })

  it('may raise what a method does, and never lower it (I4b)', () => {
    expect(one({ access: ['read', 'secret'] })).toBe(true)
    expect(one({ method: 'DELETE', access: ['read'] })).toBe(false)
    expect(one({ method: 'DELETE', access: ['write'] })).toBe(false)
    expect(one({ method: 'POST', access: ['read'] })).toBe(false)
    expect(one({ method: 'DELETE', access: ['delete'] })).toBe(true)
  })

  it('what it does not say is the worst: admin, both sides erased, everything at the host touched', async () => {
    const spec = http.spec.parse({ operations: { wipe: { method: 'POST', path: '/wipe' } } })
    const { operations } = http.parse(asked('POST', '/wipe'), spec) as { operations: never }
    expect(http.access(operations[0], spec)).toEqual({
      access: ['admin'],
      touches: ['primary', 'backup'],
      erases: ['primary', 'backup'],
    })
    const reader = { host: 'api.example.com', read: () => Promise.reject(new Error('nothing to ask')) }
    expect(await http.resolve(operations, spec, reader)).toMatchObject({ anchors: ['api.example.com'] })
  })

  it.each([
    ['a parameter without a form', { parameters: {} }],
    ['a form for what is not in the path', { parameters: { order: 'id', other: 'id' } }],
    ['free text in a path', { parameters: { order: 'text' } }],
    ['an anchor from nowhere', { anchor: '{tenant}' }],
    ['a dotted path', { path: '/v1/../{order}' }],
    ['a host in the path', { path: '//evil.example/{order}' }],
    ['a method override in the query', { query: { _method: 'name' } }],
    ['a body for GET', { body: ['a'] }],
  ])('refuses %s', (_, change) => expect(one(change)).toBe(false))

  it('refuses two paths of which a request could mean either', () => {
    const route = (path: string, parameters: object) => ({ method: 'GET', path, parameters })
    expect(parse({ a: route('/a/{x}', { x: 'id' }), b: route('/{y}/b', { y: 'id' }) }).success).toBe(false)
    expect(parse({ a: route('/a/{x}', { x: 'id' }), b: route('/a/b', {}) }).success).toBe(true)
  })

  it('a root is bound to one origin, spelled in one way', () => {
    for (const origin of [
      'http://api.example.com',
      'https://api.example.com.',
      'https://API.example.com',
      'https://api.example.com/',
      'https://u@api.example.com',
      'https://127.1',
      'https://api.example.com:443',
    ])
      expect(http.root.safeParse({ origin, secret: 'sk_live_4b1f8a90c2d7' }).success, origin).toBe(false)
  })
})
