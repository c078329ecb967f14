import { LIMITS } from '@credbroker/core/limits'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capLease, grantedWait, retryDelaySeconds } from './lease.ts'
import { capTask } from './task.ts'

const seconds = fc.integer({ min: 1, max: 100_000 })

describe('the life of a task', () => {
  it('I3: is never longer than asked, than its agent allows, or than 8 hours', () => {
    fc.assert(
      fc.property(fc.option(seconds, { nil: undefined }), seconds, (asked, agentMax) => {
        const { ttlSeconds } = capTask(asked, agentMax)
        expect(ttlSeconds).toBeLessThanOrEqual(
          Math.min(asked ?? LIMITS.taskDefaultSeconds, agentMax, LIMITS.taskMaxSeconds),
        )
      }),
    )
  })
  it.each([
    [600, 7200, 'asked'],
    [undefined, 7200, 'default'],
    [10_000, 7200, 'agent'],
    [100_000, 28_800, 'limit'],
  ] as const)(
    'asked for %s with an agent limit of %s, it says that the cap was %s',
    (asked, agentMax, cappedBy) => {
      expect(capTask(asked, agentMax).cappedBy).toBe(cappedBy)
    },
  )
})

describe('the life of a lease', () => {
  const limits = fc.record({
    askedSeconds: fc.option(seconds, { nil: undefined }),
    scopeSeconds: seconds,
    grantSeconds: fc.double({ min: 1, max: 30_000, noNaN: true }),
    providerSeconds: seconds,
  })
  it('I3: is the shortest of all limits, in whole seconds', () => {
    fc.assert(
      fc.property(limits, (given) => {
        const { ttlSeconds } = capLease(given)
        const shortest = Math.min(
          given.askedSeconds ?? 900,
          given.scopeSeconds,
          given.grantSeconds,
          given.providerSeconds,
        )
        expect(ttlSeconds).toBe(Math.floor(shortest))
      }),
    )
  })
  it('names the limit that decided', () => {
    const wide = { askedSeconds: 5000, scopeSeconds: 5000, grantSeconds: 5000, providerSeconds: 5000 }
    expect(capLease({ ...wide, askedSeconds: 60 }).cappedBy).toBe('asked')
    expect(capLease({ ...wide, askedSeconds: undefined }).cappedBy).toBe('default')
    expect(capLease({ ...wide, scopeSeconds: 60 }).cappedBy).toBe('scope')
    expect(capLease({ ...wide, grantSeconds: 60 }).cappedBy).toBe('grant')
    expect(capLease({ ...wide, providerSeconds: 60 }).cappedBy).toBe('provider')
  })
})

it('I7: a revocation is retried for ever, at most five minutes apart', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (attempts) => {
      const delay = retryDelaySeconds(attempts)
      expect(delay).toBeGreaterThan(0)
      expect(delay).toBeLessThanOrEqual(300)
    }),
  )
})

it('I7: a vendor that asks to be left alone is, but no longer than 5 minutes, and hardly past the expiry', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }), (asked, left) => {
      const wait = grantedWait(asked, left)
      expect(wait).toBeGreaterThanOrEqual(0)
      expect(wait).toBeLessThanOrEqual(Math.min(asked, 300))
      if (left < 300) expect(wait).toBeLessThanOrEqual(Math.max(left, LIMITS.graceSeconds))
    }),
  )
  expect([grantedWait(42, 600), grantedWait(3600, 600), grantedWait(3600, 90), grantedWait(42, -5)]).toEqual([
    42, 300, 90, 30,
  ])
})
