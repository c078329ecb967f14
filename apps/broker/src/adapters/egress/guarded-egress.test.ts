import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Upstream, UpstreamRequest } from '@credbroker/connectors/request'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { needs } from '../../../../../test/harness/services.ts'
import { FAULTS, type RecordingUpstream, startUpstream } from '../../../../../test/harness/upstream.ts'
import { NotSent } from '../../ports/egress.ts'
import { guardedEgress } from './guarded-egress.ts'
import type { Resolve } from './judged-addresses.ts'

const ROOT = 'root-0123456789abcdef'
const missing = await needs('openssl')

describe.skipIf(missing)('the way out to vendors', () => {
  let vendor: RecordingUpstream
  let ca: string[]
  const closing: (() => Promise<void>)[] = []

  beforeAll(async () => {
    vendor = await startUpstream()
    ca = [readFileSync(vendor.caFile, 'utf8')]
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
    vendor.answer(() => ({ body: 'ok' }))
    vendor.forget()
  })
  afterAll(() => vendor?.stop())

  const local: Resolve = async () => [{ address: '127.0.0.1', family: 4 }]
  const out = ({
    allowPrivate = true,
    resolve = local,
    trust = ca,
    headersMs = 2000,
    bodyMs = 2000,
  } = {}) => {
    const egress = guardedEgress({ allowPrivate, resolve, ca: trust }, { headersMs, bodyMs })
    closing.push(() => egress.stop())
    return egress
  }
  const to = (origin: string, secret = ROOT): Upstream => ({
    origin,
    credential: { authorization: new Secret(`Bearer ${secret}`) },
  })
  const named = (host: string) => vendor.origin.replace('127.0.0.1', host)
  const get: UpstreamRequest = { method: 'GET', target: '/a?b=c', headers: { accept: 'application/json' } }
  const signal = AbortSignal.timeout(20_000)
  const read = async (body: AsyncIterable<Uint8Array>) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }
  const fault = (promise: Promise<unknown>): Promise<BrokerError> =>
    promise.then(
      () => expect.unreachable('it was sent'),
      (error) => {
        expect(error).toBeInstanceOf(BrokerError)
        return error
      },
    )

  it('sends what was built, the credential in its place, and asks for plain bytes', async () => {
    const answer = await out().send(to(vendor.origin), get, signal)
    expect(answer.status).toBe(200)
    expect(await read(answer.body)).toBe('{"ok":true}')
    expect(vendor.hits).toHaveLength(1)
    const [hit] = vendor.hits
    expect(hit).toMatchObject({ method: 'GET', target: '/a?b=c' })
    expect(hit?.header('authorization')).toBe(`Bearer ${ROOT}`)
    expect(hit?.header('accept-encoding')).toBe('identity')
    expect(hit?.header('host')).toBe(vendor.host)
  })

  it('one root never speaks on a connection of another one', async () => {
    const egress = out()
    for (const secret of [ROOT, ROOT, 'another-root-4711', ROOT]) {
      const { body } = await egress.send(to(vendor.origin, secret), get, signal)
      await read(body)
    }
    const seen = new Map<number, Set<string | undefined>>()
    for (const hit of vendor.hits)
      seen.set(hit.connection, (seen.get(hit.connection) ?? new Set()).add(hit.header('authorization')))
    expect(vendor.hits).toHaveLength(4)
    expect([...seen.values()].every(({ size }) => size === 1)).toBe(true)
  })

  it('a certificate that another authority signed, or for another name, gets nothing', async () => {
    for (const [origin, trust] of [
      [vendor.origin, []],
      [named('api.example.com'), ca],
    ] as const) {
      const error = await fault(out({ trust: [...trust] }).send(to(origin), get, signal))
      expect(error.code).toBe('vendor_unavailable')
      expect(error.details.cause).toBeInstanceOf(NotSent)
    }
    expect(vendor.hits).toEqual([])
  })

  it('a name that has one private address among others is refused before anything is dialled', async () => {
    const resolve: Resolve = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    const error = await fault(out({ allowPrivate: false, resolve }).send(to(named('localhost')), get, signal))
    expect(error.code).toBe('root_unusable')
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]'])
      expect(
        (await fault(out({ allowPrivate: false }).send(to(`https://${host}:9`), get, signal))).code,
      ).toBe('root_unusable')
    expect(vendor.hits).toEqual([])
  })

  it('a name that answers otherwise the second time gains nothing: it is asked once for a connection', async () => {
    let asked = 0
    const resolve: Resolve = async () => {
      asked += 1
      // What was judged first is what is dialled; nothing listens at the second.
      return asked === 1 ? [{ address: '127.0.0.1', family: 4 }] : [{ address: '169.254.169.254', family: 4 }]
    }
    const egress = out({ resolve })
    await read((await egress.send(to(named('localhost')), get, signal)).body)
    expect(asked).toBe(1)
    expect((await fault(egress.send(to(named('localhost'), 'another-root'), get, signal))).code).toBe(
      'root_unusable',
    )
    expect(vendor.hits).toHaveLength(1)
  })

  it('metadata services are never called, whatever is allowed', async () => {
    for (const address of ['169.254.169.254', 'fd00:ec2::254', '::ffff:169.254.169.254']) {
      const resolve: Resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }]
      expect((await fault(out({ resolve }).send(to(named('localhost')), get, signal))).code).toBe(
        'root_unusable',
      )
    }
    expect((await fault(out().send(to('https://169.254.169.254'), get, signal))).code).toBe('root_unusable')
  })

  it('plain http is refused, and so is whoever answers TLS with something else', async () => {
    const error = await fault(out().send(to(vendor.origin.replace('https', 'http')), get, signal))
    expect(error.code).toBe('root_unusable')
    const plain = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    await new Promise<void>((ready) => plain.listen(0, '127.0.0.1', ready))
    const { port } = plain.address() as { port: number }
    const answered = await fault(out().send(to(`https://127.0.0.1:${port}`), get, signal))
    expect(answered.details.cause).toBeInstanceOf(NotSent)
    plain.close()
  })

  it('follows no redirect: the credential stays where it was sent', async () => {
    const elsewhere = await startUpstream()
    closing.push(() => elsewhere.stop())
    for (const status of [301, 302, 303, 307, 308]) {
      vendor.answer(FAULTS.redirect(`${elsewhere.origin}/steal`, status))
      const answer = await out().send(to(vendor.origin), { ...get, method: 'POST', body: '{}' }, signal)
      expect(answer.status).toBe(status)
    }
    expect(elsewhere.hits).toEqual([])
  })

  it('a vendor that takes the request and says nothing, or half of it, leaves it unknown', async () => {
    vendor.answer(FAULTS.silent())
    const late = await fault(out({ headersMs: 300 }).send(to(vendor.origin), get, signal))
    vendor.answer(FAULTS.cut())
    const cut = await fault(out().send(to(vendor.origin), get, signal))
    vendor.answer(FAULTS.cutHalfWay())
    const half = await fault(
      out()
        .send(to(vendor.origin), get, signal)
        .then(({ body }) => read(body)),
    )
    for (const error of [late, cut, half]) {
      expect(error.code).toBe('vendor_unavailable')
      expect(error.details.cause).not.toBeInstanceOf(NotSent)
    }
    // Nothing was tried twice.
    expect(vendor.hits).toHaveLength(3)
  })

  it('ends with its signal, before the answer and within it', async () => {
    vendor.answer(FAULTS.silent())
    const ended = new AbortController()
    const waiting = fault(out().send(to(vendor.origin), get, ended.signal))
    ended.abort()
    expect((await waiting).code).toBe('vendor_unavailable')
  })
})
