import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, expectRefused, order, startDesk } from './desk.ts'
import { proofFor } from './wire.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
}, 180_000)
afterAll(() => desk?.world.stop())

describe('a task order that is not one is refused, says where, and starts nothing', () => {
  const hostile = {
    quotes: `a'"; DROP TABLE tasks; --`,
    NUL: 'a\u0000b',
    'ten kilobytes': 'a'.repeat(10_000),
    'right-to-left marks': 'a\u202eb',
    'a path upwards': '../../etc/passwd',
    'upper case': 'ORDERS',
    nothing: '',
  }
  it.each([
    ['an unknown field', { ...order, admin: true }],
    ['a missing field', { environment: 'staging', scopes: ['orders-ro'] }],
    ['a number for a text', { ...order, purpose: 7 }],
    ['a text for a list', { ...order, scopes: 'orders-ro' }],
    ['no scope at all', { ...order, scopes: [] }],
    ['too many scopes', { ...order, scopes: Array.from({ length: 33 }, (_, i) => `s${i}`) }],
    ['a life below nothing', { ...order, ttl: -1 }],
    ['a life that is no number', { ...order, ttl: 'for ever' }],
    ['a heartbeat too rare', { ...order, heartbeat: 86_400 }],
    ['a list', [order]],
    ['nothing', null],
    ['what is no JSON', '{"environment": "staging",'],
    ['a duplicate prototype', '{"__proto__": {"admin": true}, "environment": "staging"}'],
    ...Object.entries(hostile).flatMap(([what, name]) => [
      [`${what} as environment`, { ...order, environment: name }],
      [`${what} as scope`, { ...order, scopes: [name] }],
    ]),
    ['NUL in the purpose', { ...order, purpose: hostile.NUL }],
    ['a direction mark in the purpose', { ...order, purpose: hostile['right-to-left marks'] }],
    ['ten kilobytes of purpose', { ...order, purpose: hostile['ten kilobytes'] }],
  ] as [string, unknown][])('%s', async (_what, body) => {
    const before = await desk.count('tasks')
    const answer = await desk.asAgent({ method: 'POST', path: '/v1/tasks', body })
    expectRefused(answer, 'invalid_request')
    expect(answer.text).not.toMatch(/passwd|DROP TABLE|aaaaaaaaaa|\u202e/)
    expect(await desk.count('tasks')).toBe(before)
  })

  it('quotes and other alphabets in the purpose are only text', async () => {
    const purpose = `'; DROP TABLE tasks; -- "\\ 修正 ${'é'.repeat(50)}`
    const answer = await desk.asAgent({ method: 'POST', path: '/v1/tasks', body: { ...order, purpose } })
    expect(answer.status).toBe(201)
    expect((answer.body as unknown as TaskStarted).task.purpose).toBe(purpose)
  })

  it('is recorded', async () => {
    // Twenty a second are written, since anybody can cause them; the others of this second are counted.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    for (const body of [{ ...order, admin: true }, '{'])
      await desk.audited(await desk.asAgent({ method: 'POST', path: '/v1/tasks', body }))
  })

  it('a body over the limit is refused unread', async () => {
    const answer = await desk.asAgent({ method: 'POST', path: '/v1/tasks', body: 'x'.repeat(300 * 1024) })
    expectRefused(answer, 'body_too_large')
    expect(answer.status).toBe(413)
    await desk.audited(answer)
  })

  it('another content type, an unknown path and an unknown method are refused', async () => {
    const form = await desk.asAgent({
      method: 'POST',
      path: '/v1/tasks',
      body: 'environment=staging',
      headers: { 'content-type': 'text/plain' },
    })
    expectRefused(form, 'unsupported_media_type')
    expectRefused(await desk.asAgent({ path: '/v1/nothing' }), 'not_found')
    const put = await desk.asAgent({ method: 'PUT', path: '/v1/tasks', body: order })
    expectRefused(put, 'method_not_allowed')
    expect(put.headers.get('allow')).toBe('POST, GET, HEAD')
  })

  it.each([
    ['/v1/tasks?limit=0'],
    ['/v1/tasks?limit=201'],
    ['/v1/tasks?limit=1e9'],
    ['/v1/tasks?state=gone'],
    ['/v1/tasks?cursor=%27%3B--'],
    ['/v1/tasks?unknown=1'],
    ['/v1/tasks/..%2f..%2fetc'],
    ['/v1/tasks/tsk_%00'],
    [`/v1/tasks/${'a'.repeat(5000)}`],
  ])('%s is refused', async (path) => {
    const answer = await desk.asAgent({
      path,
      proof: proofFor(desk.broker, desk.agent.key, {
        path: path.split('?')[0] ?? '',
        token: desk.agentToken,
      }),
    })
    // Who asks comes first, and a proof for a path that no URL has does not hold.
    expect(['invalid_request', 'not_found', 'invalid_dpop_proof']).toContain(answer.code)
  })
})

describe('administration', () => {
  it.each([
    [
      'a root by a hostile name',
      '/v1/roots',
      { name: '../x', provider: 'postgres-role', owner: 'mia', secret: {} },
    ],
    [
      'a root of an unknown provider',
      '/v1/roots',
      { name: 'x', provider: 'vault', owner: 'mia', secret: {} },
    ],
    ['a root without an owner', '/v1/roots', { name: 'x', provider: 'postgres-role', secret: {} }],
    [
      'a root whose secret is not one',
      '/v1/roots',
      { name: 'x', provider: 'postgres-role', owner: 'mia', secret: { password: 'canary-in-a-wrong-place' } },
    ],
    ['a freeze of everything and something', '/v1/freeze', { all: true, environment: 'staging' }],
    ['a freeze of nothing', '/v1/freeze', {}],
    ['an apply of nothing', '/v1/apply', {}],
    ['an apply with an unknown field', '/v1/apply', { config: { version: 1, roles: {} } }],
    ['an apply with a hostile name', '/v1/apply', { config: { version: 1, environments: { "x'; --": {} } } }],
    [
      'a configuration without an admin',
      '/v1/apply',
      { config: { version: 1, users: { admin: { roles: ['viewer'] } } } },
    ],
    ['an unknown scope', '/v1/simulate', { agent: 'fixer', scope: '..', environment: 'staging' }],
  ])('%s is refused and changes nothing', async (_what, path, body) => {
    const before = await desk.count('config_head WHERE version = (SELECT version FROM config_head)')
    const answer = await desk.asAdmin({ method: 'POST', path, body })
    expect(['invalid_request', 'config_invalid']).toContain(answer.code)
    expect(answer.text).not.toContain('canary-in-a-wrong-place')
    expect(await desk.count('config_head WHERE version = (SELECT version FROM config_head)')).toBe(before)
  })

  it('nothing that was refused minted anything', async () => {
    expect(
      await desk.world.staging.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`),
    ).toHaveLength(await desk.count(`leases WHERE state = 'active'`))
    expect(desk.broker.log()).not.toContain('canary-in-a-wrong-place')
  })
})
