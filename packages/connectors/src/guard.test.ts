import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AnyConnector, Reach } from './connector.ts'
import { guardConnector } from './guard.ts'
import { type Send, upstreamReader } from './reader.ts'
import { redactor } from './redaction/redactor.ts'
import type { UpstreamReader } from './request.ts'

const KEY = 'sk-0123456789abcdef'
const ROOT = new Secret(JSON.stringify({ token: KEY }))

const kind = (
  reach: (reader: UpstreamReader) => Promise<Reach>,
  change: Partial<AnyConnector> = {},
): AnyConnector => ({
  kind: 'test',
  title: 'Test',
  vendor: 'test',
  anchor: { syntax: 'a/b', accepts: (anchor) => /^[a-z](\/[a-z])?$/.test(anchor) },
  root: z.strictObject({
    token: z
      .string()
      .min(8)
      .transform((token) => new Secret(token)),
  }),
  spec: z.strictObject({ allow: z.array(z.string()) }),
  parse: () => ({ refused: 'no_such_operation' }),
  rebuild: () => ({ method: 'GET', target: '/', headers: {} }),
  operations: (spec) =>
    (spec as { allow: string[] }).allow.map((name) => ({ name, access: ['read'], touches: [], erases: [] })),
  access: () => ({ access: ['read'], touches: [], erases: [] }),
  resolve: async () => ({ is: 'nowhere' }),
  upstream: (root) => ({
    origin: 'https://api.test',
    credential: { authorization: new Secret(`Bearer ${(root as { token: Secret }).token.expose()}`) },
  }),
  reach: (_root, reader) => reach(reader),
  redact: (secrets) => redactor(secrets),
  ...change,
})

const answering =
  (body: string | Uint8Array, headers: [string, string][] = []): Send =>
  async () => ({
    status: 200,
    headers,
    body: (async function* () {
      yield Buffer.from(body)
    })(),
  })
const nobody: Send = async () => {
  throw new Error('nobody is asked')
}
const read = (reader: UpstreamReader) =>
  reader.read({ method: 'GET', target: '/me', headers: {} }, { fresh: true })
const found = { reach: ['a/b'], complete: true, identity: 'somebody', findings: [] } as const

describe('what an operator stored', () => {
  const { checkRoot, checkSpec } = guardConnector(
    kind(async () => found),
    { egress: nobody },
  )

  it('is named where it is wrong, and nothing of a root is repeated (I1)', () => {
    for (const text of [KEY, `{"token":"${KEY}"`, `{"token":"short"}`, `{"${KEY}":1,"token":"${KEY}"}`]) {
      try {
        checkRoot(new Secret(text))
        expect.unreachable(text)
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_request' })
        expect(JSON.stringify((error as BrokerError).details)).not.toContain(KEY)
        expect((error as BrokerError).details.problems?.[0]?.at).toMatch(/^root/)
      }
    }
    expect(() => checkSpec({ allow: [1] })).toThrow(
      expect.objectContaining({ details: { problems: [expect.objectContaining({ at: 'spec.allow.0' })] } }),
    )
  })

  it('is parsed once for as long as the stored object lives', () => {
    let parsed = 0
    const counting = z
      .strictObject({ allow: z.array(z.string()) })
      .transform((spec) => ({ ...spec, n: ++parsed }))
    const guarded = guardConnector(
      kind(async () => found, { spec: counting }),
      { egress: nobody },
    )
    const stored = { allow: ['a', 'b'] }
    expect(guarded.operations(stored).map(({ name }) => name)).toEqual(['a', 'b'])
    guarded.checkSpec(stored)
    expect(parsed).toBe(1)
    guarded.checkSpec({ allow: ['a', 'b'] })
    expect(parsed).toBe(2)
  })
})

describe('inspecting a root', () => {
  const inspect = (reach: Parameters<typeof kind>[0], egress: Send = nobody) =>
    guardConnector(kind(reach), { egress, deadlineMilliseconds: 50 }).inspect(ROOT)

  it('sorts what it reaches, and shows nothing of the root that a vendor sends back (I1)', async () => {
    const seen = await inspect(
      async (reader) => {
        const { body } = await read(reader)
        return {
          reach: ['b', 'a/b', 'b'],
          complete: true,
          identity: body,
          findings: [{ level: 'advice', code: 'x', message: `is ${body}` }],
        }
      },
      answering(`me\u202e ${KEY} ${Buffer.from(KEY).toString('base64')}`),
    )
    expect(seen).toMatchObject({ reach: ['a/b', 'b'], complete: true })
    expect(seen.identity).toMatch(/^me\ufffd \[secret\] \[secret\]/)
    expect(seen.findings[0]?.message).toMatch(/^is me\ufffd \[secret\] \[secret\]/)
  })

  it('is refused where the vendor names what is no anchor, and unreadable where it names too many', async () => {
    await expect(inspect(async () => ({ ...found, reach: ['..'] }))).rejects.toMatchObject({
      code: 'vendor_refused',
    })
    const many = Array.from({ length: 1001 }, (_, i) => `h${i}`)
    const { inspect: ask } = guardConnector(
      kind(async () => ({ ...found, reach: many }), { anchor: { syntax: 'any', accepts: () => true } }),
      { egress: nobody },
    )
    expect(await ask(ROOT)).toMatchObject({ complete: false })
  })

  it('ends at its deadline where the way out does not', async () => {
    const never: Send = () => new Promise(() => {})
    await expect(inspect(async (reader) => (await read(reader)) && found, never)).rejects.toMatchObject({
      code: 'vendor_unavailable',
    })
  })

  it('keeps nothing of what a kind threw but its name', async () => {
    const throwing = (error: unknown) =>
      inspect(async () => {
        throw error
      }).catch((caught: BrokerError) => caught)
    for (const [error, code] of [
      [new Error(KEY), 'vendor_refused'],
      [new TypeError(KEY), 'internal'],
      [new BrokerError('denied', { detail: KEY }), 'internal'],
      [new BrokerError('vendor_refused', { detail: KEY }), 'vendor_refused'],
    ] as const) {
      const caught = (await throwing(error)) as BrokerError
      expect(caught.code).toBe(code)
      expect(`${caught.message} ${JSON.stringify(caught.details)} ${String(caught.cause)}`).not.toContain(KEY)
    }
  })
})

describe('the reader', () => {
  const upstream = { origin: 'https://api.test:8443', credential: {} }
  const signal = AbortSignal.timeout(60_000)
  const once = (send: Send, more: object = {}) => upstreamReader(upstream, { send, signal, ...more })

  it('names the host with its port, and asks for plain bytes', async () => {
    const asked: unknown[] = []
    const reader = once(async (_to, request, end) => {
      asked.push(request.headers)
      return await answering('{}')(_to, request, end)
    })
    expect(reader.host).toBe('api.test:8443')
    expect(await read(reader)).toEqual({ status: 200, body: '{}' })
    expect(asked).toEqual([{ 'accept-encoding': 'identity' }])
  })

  it.each([
    ['too long', answering('x'.repeat(11))],
    ['encoded', answering('{}', [['content-encoding', 'gzip']])],
    [
      'encoded beside a word that it is not',
      answering('{}', [
        ['content-encoding', 'identity'],
        ['content-encoding', 'gzip'],
      ]),
    ],
    ['no text', answering(new Uint8Array([0xff]))],
  ])('refuses an answer that is %s', async (_what, send) => {
    await expect(read(once(send, { maxBytes: 10 }))).rejects.toMatchObject({ code: 'vendor_refused' })
  })

  it('spends once per question that goes out, and what is fresh always goes out', async () => {
    let spent = 0
    const reader = once(answering('{}'), { spend: () => spent++, cache: new Map() })
    const ask = (fresh: boolean) => reader.read({ method: 'GET', target: '/me', headers: {} }, { fresh })
    await ask(true)
    await ask(false)
    expect(spent).toBe(1)
    await ask(true)
    expect(spent).toBe(2)
    await reader.read({ method: 'GET', target: '/you', headers: {} }, { fresh: false })
    expect(spent).toBe(3)
  })
})
