import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { expect, it, vi } from 'vitest'
import { createRecorder } from '../audit/recorder.ts'
import { type OrphanDeps, sweepOrphans } from './sweep-orphans.ts'

/** Roots of one provider each, named as it is. */
function world(sweeps: Readonly<Record<string, { everySeconds?: number; find: () => Promise<string[]> }>>) {
  let seconds = 0
  const clock = { now: () => new Date(seconds * 1000) }
  const provider = (kind: string) => ({ sweep: sweeps[kind], revocation: { revoke: vi.fn() } })
  const roots = Object.keys(sweeps).map((name) => ({
    mac: 'mac',
    row: { name, provider: name, declaredEnvironment: 'staging' },
  }))
  const deps = {
    config: { current: async () => ({ snapshot: { rows: { roots, scopes: [] } } }) },
    vault: { useToEnd: (_: string, call: (root: Secret) => unknown) => call(new Secret('x')) },
    providers: { get: provider },
    names: { prefix: 'brk_', leaseOf: () => undefined },
    intents: { open: async () => ({ id: 'evt_1', answer: 'ok', since: null }), answer: async () => {} },
    record: createRecorder(clock, (bytes) => bytes.fill(7)),
    waits: new Map<string, number>(),
    clock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  } as unknown as OrphanDeps
  return {
    lookAfter: async (more: number) => {
      seconds += more
      await sweepOrphans(deps, new AbortController().signal)
    },
  }
}

it('a vendor that counts questions is looked at no more often than it says, and left alone for as long as it asks; others are not', async () => {
  const counts = vi.fn(async () => ['brk_other'])
  const busy = vi.fn(async (): Promise<string[]> => {
    throw new BrokerError('vendor_unavailable', { retryAfterSeconds: 90 })
  })
  const down = vi.fn(async (): Promise<string[]> => {
    throw new BrokerError('vendor_unavailable')
  })
  const free = vi.fn(async () => [])
  const { lookAfter } = world({
    counts: { everySeconds: 600, find: counts },
    busy: { find: busy },
    down: { find: down },
    free: { find: free },
  })
  const asked = () => [counts, busy, down, free].map(({ mock }) => mock.calls.length)
  await lookAfter(60)
  expect(asked()).toEqual([1, 1, 1, 1])
  await lookAfter(60)
  expect(asked()).toEqual([1, 1, 2, 2])
  await lookAfter(60)
  expect(asked()).toEqual([1, 2, 3, 3])
  await lookAfter(480)
  expect(asked()).toEqual([2, 3, 4, 4])
})
