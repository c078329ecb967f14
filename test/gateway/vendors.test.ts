import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { FAULTS } from '../harness/upstream.ts'
import { type ApiWorld, ROOT, startApiWorld, type Work } from './world.ts'

let world: ApiWorld
let task: Work
beforeAll(async () => {
  world = await startApiWorld()
  task = await world.task(['api'])
}, 180_000)
afterAll(() => world?.stop())
beforeEach(() => world.vendor.reset())

const lastEvent = (type: string, phase: string) => world.lastEvent(task, type, phase)

describe('a vendor that misbehaves', () => {
  it.each([401, 403])('a %i about the root is not reflected', async (status) => {
    world.vendor.answer(() => ({ status, headers: { 'www-authenticate': 'x' }, body: `bad token ${ROOT}` }))
    const answer = await task.call('GET', '/v1/orders')
    expect(answer.code).toBe('vendor_refused')
    expect(answer.text).not.toContain('bad token')
    await vi.waitFor(
      async () =>
        expect(await lastEvent('gateway.called', 'outcome')).toMatchObject({
          result: 'failed',
          code: 'vendor_refused',
          facts: { upstreamStatus: status },
        }),
      20_000,
    )
  })

  it('redirects are shown and not followed, and lead back through the gateway or nowhere', async () => {
    for (const [to, shown] of [
      ['/v1/orders/7', '/gateway/api/v1/orders/7'],
      [`${world.vendor.origin}/v1/x?y=1`, '/gateway/api/v1/x?y=1'],
      ['https://evil.example/steal', null],
      ['//evil.example/steal', null],
    ] as const) {
      world.vendor.answer(FAULTS.redirect(to))
      const answer = await task.open('GET', '/v1/orders')
      expect([answer.status, answer.headers.get('location')]).toEqual([302, shown])
    }
    expect(world.vendor.hits).toHaveLength(4)
  })

  it('whoever takes the request and does not answer leaves it unknown, and is not asked again (I6)', async () => {
    world.vendor.answer(FAULTS.cut())
    const answer = await task.call('POST', '/v1/orders', { body: { total: 1 } })
    expect([answer.status, answer.code]).toEqual([504, 'vendor_unavailable'])
    expect(world.vendor.hits).toHaveLength(1)
    await vi.waitFor(
      async () => expect(await lastEvent('gateway.called', 'outcome')).toMatchObject({ result: 'unknown' }),
      20_000,
    )
  })

  it('an answer in an encoding that nobody asked for is dropped', async () => {
    for (const encoding of ['gzip', 'identity, gzip', ['identity', 'gzip']]) {
      world.vendor.answer(() => ({ headers: { 'content-encoding': encoding }, body: ROOT }))
      expect((await task.call('GET', '/v1/orders')).code, String(encoding)).toBe('vendor_refused')
    }
  })
})

describe('an upstream that repeats what it received (I1)', () => {
  const forms: Readonly<Record<string, (text: string) => string>> = {
    'as it is': (text) => text,
    base64: (text) => Buffer.from(text).toString('base64'),
    base64url: (text) => Buffer.from(text).toString('base64url'),
    hex: (text) => Buffer.from(text).toString('hex'),
    'upper-case hex': (text) => Buffer.from(text).toString('hex').toUpperCase(),
    'URL-encoded': encodeURIComponent,
    'JSON in JSON': (text) => JSON.stringify(text),
  }
  /** The secret, and the middle of it at each offset that base64 may give it. */
  const marks = [
    ROOT,
    encodeURIComponent(ROOT),
    Buffer.from(ROOT).toString('hex'),
    Buffer.from(ROOT).toString('hex').toUpperCase(),
    ...[0, 1, 2].map((at) =>
      Buffer.from(`${'x'.repeat(at)}${ROOT}`)
        .toString('base64')
        .slice(4, -4),
    ),
  ]
  const shown = (text: string) =>
    marks.filter(
      (mark) => text.includes(mark) || text.includes(mark.replaceAll('+', '-').replaceAll('/', '_')),
    )

  it.each(Object.keys(forms))('never shows the root: %s', async (form) => {
    world.vendor.answer(FAULTS.echo(forms[form]))
    const { status, text } = await task.call('GET', '/v1/orders')
    expect(status).toBe(200)
    expect(shown(text)).toEqual([])
    expect(text).toContain('[secret]')
    await vi.waitFor(async () => {
      const { facts } = await lastEvent('gateway.called', 'outcome')
      expect(facts?.['redactions']).toBeGreaterThan(0)
    }, 20_000)
  })

  it('not in pieces of one byte either, nor in the head', async () => {
    world.vendor.answer(FAULTS.echoInPieces())
    const { text } = await task.call('GET', '/v1/stream')
    expect(text).toContain('[secret]')
    expect(shown(text)).toEqual([])
    world.vendor.answer(() => ({
      headers: { etag: `"${ROOT}"`, 'x-request-id': ROOT, location: `/v1/${encodeURIComponent(ROOT)}` },
    }))
    const { headers } = await task.call('GET', '/v1/orders')
    expect(shown(JSON.stringify([...headers]))).toEqual([])
  })

  it('no log and no row of the audit has it', async () => {
    expect(shown(world.broker.log())).toEqual([])
    expect(
      shown(
        JSON.stringify(
          await world.sql(`SELECT record FROM audit_pending UNION ALL SELECT record FROM audit_log`),
        ),
      ),
    ).toEqual([])
  })
})
