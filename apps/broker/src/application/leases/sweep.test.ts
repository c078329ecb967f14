import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import type { GuardedProvider } from '@credbroker/providers/guard'
import { expect, it, vi } from 'vitest'
import type { VendorNames } from '../../ports/keyring.ts'
import type { DueLease, LeaseQueue, LeaseSettlement } from '../../ports/lease-store.ts'
import { createRecorder } from '../audit/recorder.ts'
import type { RootVault } from '../roots/root-vault.ts'
import type { RevokeDeps } from './revoke-leases.ts'
import { sweepLeases } from './sweep.ts'

const clock = { now: () => new Date(0) }
const record = createRecorder(clock, (bytes) => bytes.fill(7))

const due = (root: string, at: number): DueLease =>
  ({
    id: `lse_${root}${at}`,
    root,
    name: `brk_${root}_${at}`,
    attempts: 2,
    handle: null,
    settleUntil: new Date(0),
    expiresAt: new Date(60_000),
    deadBy: new Date(60_000),
    credentialDead: false,
    sessionsDead: false,
    intent: 'evt_1',
    announcedAt: null,
  }) as unknown as DueLease

/** As many leases of each root as said, all due; revoking one asks `vendor`. */
function world(counts: Readonly<Record<string, number>>, vendor: (root: string) => Promise<void>) {
  const left = Object.entries(counts).flatMap(([root, count]) =>
    Array.from({ length: count }, (_, at) => due(root, at)),
  )
  const retried: LeaseSettlement[] = []
  let most = 0
  const asked = new Map<string, number>()
  const queue: LeaseQueue = {
    take: vi.fn(async (limit, _announce, except) => {
      const taken = left.filter(({ root }) => !except.includes(root)).slice(0, limit)
      for (const lease of taken) left.splice(left.indexOf(lease), 1)
      return taken
    }),
    takeOne: async () => undefined,
    settle: async (result) => void retried.push(result),
  }
  const provider = {
    revocation: {
      revoke: async (_: Secret, { name }: { name: string }) => {
        const root = name.split('_')[1] ?? ''
        asked.set(root, (asked.get(root) ?? 0) + 1)
        most = Math.max(most, asked.get(root) ?? 0)
        await vendor(root)
        asked.set(root, (asked.get(root) ?? 0) - 1)
        return { credentialDead: false, sessionsDead: false }
      },
    },
  } as unknown as GuardedProvider
  const deps = {
    queue,
    vault: {
      useToEnd: (_: string, call: (root: Secret) => unknown) => call(new Secret('x')),
    } as unknown as RootVault,
    names: { leaseOf: (name: string) => `lse_${name.slice(4).replace('_', '')}` } as unknown as VendorNames,
    providers: { get: () => provider } as unknown as RevokeDeps['providers'],
    record,
    clock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  } as unknown as RevokeDeps
  return { deps, left, retried, most: () => most }
}

it('a vendor that hangs delays its own leases and no others (I7)', async () => {
  const { promise: hanging, resolve: release } = Promise.withResolvers<void>()
  const { deps, left, retried, most } = world({ slow: 200, quick: 500 }, (root) =>
    root === 'slow' ? hanging : Promise.resolve(),
  )
  const swept = sweepLeases(deps, new AbortController().signal)
  await vi.waitFor(
    () => expect(retried.filter(({ lease }) => lease.startsWith('lse_quick'))).toHaveLength(500),
    20_000,
  )
  expect(left.every(({ root }) => root === 'slow')).toBe(true)
  expect(most()).toBeLessThan(80)
  release()
  expect(await swept).toBe(700)
})

it('told to stop, it takes no more, and waits for what it has taken', async () => {
  const { promise: hanging, resolve: release } = Promise.withResolvers<void>()
  const { deps, left, retried } = world({ slow: 200 }, () => hanging)
  const abort = new AbortController()
  const swept = sweepLeases(deps, abort.signal)
  await vi.waitFor(() => expect(left.length).toBeLessThan(200), 20_000)
  abort.abort()
  const [taken, none] = [200 - left.length, retried.length]
  expect(none).toBe(0)
  release()
  expect(await swept).toBe(200 - left.length)
  expect(retried.length).toBe(200 - left.length)
  expect(200 - left.length).toBeLessThanOrEqual(taken + 32)
})

it('one lease that cannot be settled is reported, and the others are ended all the same', async () => {
  const { deps, left, retried } = world({ quick: 40 }, () => Promise.resolve())
  const settle = deps.queue.settle.bind(deps.queue)
  Object.assign(deps.queue, {
    settle: async (result: LeaseSettlement) => {
      if (result.lease === 'lse_quick3') throw new Error('not now')
      await settle(result)
    },
  })
  await expect(sweepLeases(deps, new AbortController().signal)).rejects.toThrow('not now')
  expect(retried.length).toBe(40 - left.length - 1)
})

it('a vendor that says when to come back is left alone until then, in no case past the end of the lease (I7)', async () => {
  const asked: Readonly<Record<string, number>> = { busy: 42, lying: 3600 }
  const { deps, retried } = world({ busy: 1, lying: 1, mute: 1 }, (root) =>
    Promise.reject(
      new BrokerError('vendor_unavailable', asked[root] ? { retryAfterSeconds: asked[root] } : {}),
    ),
  )
  await sweepLeases(deps, new AbortController().signal)
  const again = new Map(retried.map(({ lease, retryAfterSeconds }) => [lease, retryAfterSeconds]))
  expect(Object.fromEntries(again)).toEqual({ lse_busy0: 42, lse_lying0: 60, lse_mute0: 4 })
})
