import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apiError, BrokerUnreachableError } from './errors.ts'
import { systemIo } from './io.ts'
import type { Lease } from './lease.ts'
import { LeaseHandle } from './lease-handle.ts'

const START = 1_767_225_600_000

/** A handle over a clock that the test moves and a mint that it programs. */
function stage(lifeSeconds = 900, cappedBy: Lease['cappedBy'] = 'scope') {
  const state = {
    now: START,
    minted: 0,
    failure: undefined as unknown,
    hold: undefined as Promise<void> | undefined,
  }
  const mint = async (): Promise<Lease> => {
    state.minted++
    await state.hold
    if (state.failure) throw state.failure
    const expiresAt = new Date(state.now + lifeSeconds * 1000)
    const id = `lse_${state.minted}`
    return { id, scope: 'orders-ro', environment: 'staging', expiresAt, deadBy: expiresAt, cappedBy } as Lease
  }
  const handle = new LeaseHandle('orders-ro', mint, { ...systemIo, now: () => new Date(state.now) })
  return { state, handle }
}

describe('a lease that renews itself', () => {
  it('is minted once for all who ask at the same time', async () => {
    const { state, handle } = stage()
    const leases = await Promise.all(Array.from({ length: 20 }, () => handle.current()))
    expect(new Set(leases.map((lease) => lease.id)).size).toBe(1)
    expect(state.minted).toBe(1)
  })

  it('is replaced in the last quarter of its life, and not before the last quarter', async () => {
    const { state, handle } = stage(900)
    await handle.current()
    state.now = START + 900_000 * 0.74
    await handle.current()
    expect(state.minted).toBe(1)
    state.now = START + 900_000 * 0.81
    await handle.current()
    expect(state.minted).toBe(2)
  })

  it('is not replaced early when the grant ends with it', async () => {
    const { state, handle } = stage(900, 'grant')
    await handle.current()
    state.now = START + 899_000
    await handle.current()
    expect(state.minted).toBe(1)
  })

  it('goes on with the old one while it lives when the broker cannot be reached', async () => {
    const { state, handle } = stage(900)
    const first = await handle.current()
    state.now = START + 800_000
    state.failure = new BrokerUnreachableError('no connection')
    expect(await handle.current()).toBe(first)
    expect(await handle.current()).toBe(first)
    expect(state.minted).toBe(2)
    state.now = START + 901_000
    await expect(handle.current()).rejects.toThrow(BrokerUnreachableError)
  })

  it('I8: goes on with nothing once the broker refuses', async () => {
    const { state, handle } = stage(900)
    await handle.current()
    state.now = START + 800_000
    state.failure = apiError({ status: 403, code: 'frozen', title: 'Frozen' })
    await expect(handle.current()).rejects.toThrow('Frozen')
    await expect(handle.current()).rejects.toThrow('Frozen')
  })

  it('property: never answers a dead lease, and never mints two at once', async () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 1_200 }),
      fails: fc.boolean(),
      asks: fc.integer({ min: 1, max: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3_600 }),
        fc.array(step, { maxLength: 12 }),
        async (life, steps) => {
          const { state, handle } = stage(life)
          for (const { wait, fails, asks } of steps) {
            state.now += wait * 1000
            state.failure = fails ? new BrokerUnreachableError('lost') : undefined
            const before = state.minted
            const answers = await Promise.allSettled(Array.from({ length: asks }, () => handle.current()))
            expect(state.minted - before).toBeLessThanOrEqual(1)
            for (const answer of answers) {
              if (answer.status === 'rejected') expect(fails).toBe(true)
              else expect(answer.value.expiresAt.getTime()).toBeGreaterThan(state.now)
            }
          }
        },
      ),
    )
  })
})
