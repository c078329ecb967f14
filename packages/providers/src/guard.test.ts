import { inspect } from 'node:util'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type Discarded, guardProvider } from './guard.ts'
import { type AnyProvider, defineProvider, type Minted, type MintOrder, type VendorIo } from './provider.ts'

const io = (signal: AbortSignal): VendorIo => ({
  now: () => new Date('2026-06-01T00:00:00Z'),
  random: (bytes) => new Uint8Array(bytes),
  signal,
  allowPrivateUpstreams: false,
})

const CANARY = 'canary-pa55word'
const ROOT = new Secret(JSON.stringify({ password: CANARY }))

const order = (change: Partial<MintOrder> = {}): MintOrder => ({
  name: 'brk_d_1_f',
  ttlSeconds: 60,
  expiresAt: new Date('2026-06-01T00:01:00Z'),
  within: { anchors: ['a/b'], access: ['read'] },
  labels: { agent: 'a', owner: 'o', task: 't', environment: 'e' },
  ...change,
})

const minted = (change: Partial<Minted> = {}): Minted => ({
  credential: {
    form: 'postgres',
    host: 'h',
    port: 5432,
    database: 'd',
    user: 'u',
    password: new Secret('minted'),
    sslmode: 'disable',
  },
  handle: { key: 1 },
  expiresAt: new Date('2026-06-01T00:01:00Z'),
  ...change,
})

const kind = (change: Partial<AnyProvider> = {}): AnyProvider =>
  defineProvider({
    kind: 'test',
    title: 'Test',
    vendor: 'test',
    form: 'postgres',
    anchor: { syntax: 'a/b', accepts: (anchor) => /^[a-z]\/[a-z]$/.test(anchor) },
    root: z.strictObject({ password: z.string().transform((text) => new Secret(text)) }),
    spec: z.strictObject({ what: z.string() }),
    handle: z.strictObject({ key: z.number() }),
    limits: { minTtlSeconds: 10, maxTtlSeconds: 3600, settleSeconds: 1, findable: true },
    inspect: async () => ({ reach: ['a/b'], complete: true, identity: 'me', findings: [] }),
    assess: async () => ({ access: ['read'], evidence: [], reach: ['a/b'], findings: [] }),
    mint: async () => minted() as Minted<{ key: number }>,
    revocation: { revoke: async () => ({ credentialDead: true, sessionsDead: true }) },
    sweep: { find: async () => [] },
    ...change,
  }) as AnyProvider

const caught = (promise: Promise<unknown>): Promise<BrokerError> =>
  promise.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => error as BrokerError,
  )

describe('the guard around every provider', () => {
  it('ends a call whose kind never answers and never looks at the signal', async () => {
    const guard = guardProvider(kind({ mint: () => new Promise(() => {}) }), { io, deadlineMilliseconds: 20 })
    expect(await caught(guard.mint(ROOT, { what: 'x' }, order()))).toMatchObject({
      code: 'vendor_unavailable',
    })
  })

  it('aborts the signal of a call at its deadline, and of no other call', async () => {
    const signals: AbortSignal[] = []
    const inspectForever: AnyProvider['inspect'] = (_, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const guard = guardProvider(kind({ inspect: inspectForever }), { io, deadlineMilliseconds: 100 })
    await caught(guard.inspect(ROOT))
    const second = caught(guard.inspect(ROOT))
    await vi.waitUntil(() => signals.length === 2, { timeout: 20_000, interval: 1 })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    await second
  })

  it('I7 revokes a credential whose answer came after the deadline, with its handle, and tells', async () => {
    const discarded: Discarded[] = []
    const revoked: unknown[] = []
    const late = kind({
      mint: () => new Promise((resolve) => setTimeout(() => resolve(minted()), 60)),
      revocation: {
        revoke: async (_root: unknown, lease: unknown) => {
          revoked.push(lease)
          return { credentialDead: true, sessionsDead: true }
        },
      },
    })
    const guard = guardProvider(late, {
      io,
      deadlineMilliseconds: 20,
      onDiscarded: (each) => discarded.push(each),
    })
    expect(await caught(guard.mint(ROOT, { what: 'x' }, order()))).toMatchObject({
      code: 'vendor_unavailable',
    })
    await vi.waitUntil(() => discarded.length > 0, 20_000)
    expect(discarded).toEqual([{ kind: 'test', name: 'brk_d_1_f', why: 'late', revoked: 'yes' }])
    expect(revoked).toMatchObject([{ name: 'brk_d_1_f', handle: { key: 1 } }])
  })

  it('I7 says so when a late credential could not be revoked, or cannot be', async () => {
    const told = async (change: Partial<AnyProvider>) => {
      const discarded: Discarded[] = []
      const mint = () => new Promise<Minted>((resolve) => setTimeout(() => resolve(minted()), 40))
      const guard = guardProvider(kind({ mint, ...change }), {
        io,
        deadlineMilliseconds: 10,
        onDiscarded: (each) => discarded.push(each),
      })
      await caught(guard.mint(ROOT, { what: 'x' }, order()))
      await vi.waitUntil(() => discarded.length > 0, 20_000)
      return discarded[0]?.revoked
    }
    expect(await told({ revocation: { revoke: () => Promise.reject(new Error('down')) } })).toBe('failed')
    expect(await told({ revocation: undefined } as never)).toBe('impossible')
  })

  it('I1 a kind that forgets a Secret hands out nothing, and the lease is ended', async () => {
    const discarded: Discarded[] = []
    const leaky = { ...minted().credential, password: 'bare' } as unknown as Minted['credential']
    const extra = { ...minted().credential, note: 'bare' } as unknown as Minted['credential']
    for (const credential of [leaky, extra, { form: 'constructor' } as never, undefined as never]) {
      const guard = guardProvider(kind({ mint: async () => minted({ credential }) }), {
        io,
        onDiscarded: (each) => discarded.push(each),
      })
      expect(await caught(guard.mint(ROOT, { what: 'x' }, order()))).toMatchObject({ code: 'internal' })
    }
    expect(discarded.map(({ why, revoked }) => `${why} ${revoked}`)).toEqual(Array(4).fill('faulty yes'))
  })

  it('I3 a credential that lives longer than asked is ended and not handed out', async () => {
    for (const expiresAt of [new Date('2026-06-01T00:01:31Z'), new Date(Number.NaN)]) {
      const guard = guardProvider(kind({ mint: async () => minted({ expiresAt }) }), { io })
      expect(await caught(guard.mint(ROOT, { what: 'x' }, order()))).toMatchObject({ code: 'internal' })
    }
  })

  it('refuses an order out of bounds before the kind sees it', async () => {
    const mint = vi.fn(async () => minted())
    const guard = guardProvider(kind({ mint }), { io })
    const bad: [Partial<MintOrder>, string][] = [
      [{ ttlSeconds: 9 }, 'ttl_below_floor'],
      [{ ttlSeconds: 3601 }, 'invalid_request'],
      [{ ttlSeconds: 60.5 }, 'invalid_request'],
      [{ ttlSeconds: Number.NaN }, 'invalid_request'],
      [{ expiresAt: new Date('2026-06-01T00:00:00Z') }, 'invalid_request'],
      [{ expiresAt: new Date('2026-06-01T00:02:00Z') }, 'invalid_request'],
      [{ within: { anchors: ['nonsense'], access: [] } }, 'invalid_request'],
      [{ labels: { agent: "a'; --", owner: 'o', task: 't', environment: 'e' } }, 'invalid_request'],
    ]
    for (const [change, code] of bad)
      expect(await caught(guard.mint(ROOT, { what: 'x' }, order(change)))).toMatchObject({ code })
    expect(mint).not.toHaveBeenCalled()
  })

  it('I1 whatever a kind throws, nothing that the vendor wrote and no secret comes out', async () => {
    const thrown = fc.oneof(
      fc.record({
        message: fc.constant(`select ${CANARY}`),
        code: fc.constantFrom('28P01', CANARY, '42501\n'),
      }),
      fc.constant(CANARY),
      fc.constant(new Error(CANARY, { cause: new Error(CANARY) })),
      fc.constant(Object.assign(new Error(CANARY), { name: CANARY, query: CANARY, parameters: [CANARY] })),
      fc.constantFrom(undefined, null, 7),
      fc.constantFrom('vendor_refused' as const, 'denied' as const, 'reach_refused' as const).map(
        (code) =>
          new BrokerError(code, {
            detail: `said ${CANARY} \u202eback`,
            problems: [{ at: CANARY, message: CANARY }],
            cause: new Error(CANARY),
          }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(thrown, async (error) => {
        const guard = guardProvider(kind({ assess: () => Promise.reject(error) }), { io })
        const out = await caught(guard.assess(ROOT, { what: 'x' }))
        expect(out).toBeInstanceOf(BrokerError)
        const text =
          inspect(out, { depth: 20, showHidden: true }) + JSON.stringify(out) + JSON.stringify(out.details)
        expect(text).not.toContain(CANARY)
        expect(text).not.toContain('\u202e')
      }),
    )
  })

  it('tells an unreachable vendor, a refusing one and a fault of the kind apart', async () => {
    const code = async (error: unknown) => {
      const guard = guardProvider(kind({ inspect: () => Promise.reject(error) }), { io })
      return (await caught(guard.inspect(ROOT))).code
    }
    expect(await code(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBe('vendor_unavailable')
    expect(await code(Object.assign(new Error('x'), { name: 'AccessDenied' }))).toBe('vendor_refused')
    expect(await code(new TypeError('x'))).toBe('internal')
    expect(await code(new BrokerError('frozen'))).toBe('internal')
  })

  it('parses root, scope and handle strictly, and names fields, not values', async () => {
    const guard = guardProvider(kind(), { io })
    for (const root of [
      `{"password":${JSON.stringify(CANARY)},"${CANARY}":1}`,
      `{"password":["${CANARY}"]}`,
      `{${CANARY}`,
      CANARY,
    ]) {
      const error = await caught(guard.inspect(new Secret(root)))
      expect(error.code).toBe('invalid_request')
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(CANARY)
    }
    expect(() => guard.checkSpec({ what: 'x', more: 1 })).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    )
    const lease = { name: 'brk_1', spec: { what: 'x' }, expiresAt: new Date(), handle: { key: 'no' } }
    expect(await caught(guard.revocation?.revoke(ROOT, lease) ?? Promise.resolve())).toMatchObject({
      code: 'invalid_request',
    })
  })

  it('I4b an assessment without access is `admin`, and I2 one with a malformed anchor is refused', async () => {
    const assess = (change: object) =>
      guardProvider(
        kind({ assess: async () => ({ access: [], evidence: [], reach: [], findings: [], ...change }) }),
        { io },
      ).assess(ROOT, { what: 'x' })
    expect((await assess({})).access).toEqual(['admin'])
    expect(await caught(assess({ access: ['read'], reach: ['a/b/../c'] }))).toMatchObject({
      code: 'vendor_refused',
    })
  })

  it('a sweep answers only names that carry the prefix and could be ours', async () => {
    const found = ['brk_a_1', 'brk_b_1', 'BRK_A_2', 'brk_a_"; --', 'x brk_a_3']
    const guard = guardProvider(kind({ sweep: { find: async () => found } }), { io })
    expect(await guard.sweep?.find(ROOT, 'brk_a_')).toEqual(['brk_a_1'])
  })

  it('absent capabilities stay absent, and merely truthy answers revoke nothing', async () => {
    const { revocation: _, sweep: __, ...bare } = kind()
    const guard = guardProvider(bare as AnyProvider, { io })
    expect([guard.revocation, guard.sweep, guard.rotation]).toEqual([undefined, undefined, undefined])
    const yes = { credentialDead: 'yes', sessionsDead: 1 } as never
    const loose = guardProvider(kind({ revocation: { revoke: async () => yes } }), { io })
    const lease = { name: 'brk_1', spec: { what: 'x' }, expiresAt: new Date() }
    expect(await loose.revocation?.revoke(ROOT, lease)).toEqual({
      credentialDead: false,
      sessionsDead: false,
    })
  })

  it('I1 rotation seals the next root as it will be read again, and never its mask', async () => {
    const plan = (next: unknown) =>
      guardProvider(kind({ rotation: { plan: () => next as never, apply: async () => {} } }), { io }).rotation
    const good = plan({ password: 'next' })
    if (good?.style !== 'in-place') throw new Error('not in place')
    expect(good.plan(ROOT).expose()).toBe('{"password":"next"}')
    for (const next of [{ password: new Secret('next') }, { password: 7 }, {}]) {
      const bad = plan(next)
      if (bad?.style !== 'in-place') throw new Error('not in place')
      expect(() => bad.plan(ROOT)).toThrow(BrokerError)
    }
  })
})
