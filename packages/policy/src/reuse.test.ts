import { describe, expect, it } from 'vitest'
import { EVERYTHING, request, source } from '../test/requests.ts'
import { compilePolicies } from './compile.ts'
import { createDecider } from './reuse.ts'

const decider = (...policies: string[]) => createDecider(compilePolicies([source(...policies)]))

describe('an answer is reused', () => {
  it('while nothing changes that a policy looks at', () => {
    const { decide } = decider(EVERYTHING)
    const first = decide(request({ now: 1_000 }))
    expect(
      decide(request({ now: 2_000, task: { environment: 'staging', purpose: 'other', ticket: 'X-1' } })),
    ).toBe(first)
    expect(decide(request({ ttlSeconds: 60, source: '10.0.0.1' }))).toBe(first)
  })

  it('not across values that a policy does look at', () => {
    const { decide } = decider('permit(principal, action, resource) when { context.ttlSeconds <= 900 };')
    expect(decide(request({ ttlSeconds: 900 })).verdict).toBe('permit')
    expect(decide(request({ ttlSeconds: 901 })).verdict).toBe('deny')
  })

  it('not across neighbours whose texts run together alike', () => {
    const { decide } = decider('permit(principal == Agent::"ab", action, resource);')
    const as = (name: string, owner: string) =>
      decide(request({ agent: { ...request().agent, name, owner } })).verdict
    expect([as('a', 'bc'), as('ab', 'c'), as('a', 'bc'), as('ab', '1:c'), as('ab1', ':c')]).toEqual([
      'deny',
      'permit',
      'deny',
      'permit',
      'deny',
    ])
  })

  it('not where a whole record is looked at: then all of it counts', () => {
    const { decide } = decider(
      'permit(principal, action, resource) when { context.task == context.task && (if true then context.task else context.task) has ticket };',
    )
    expect(decide(request()).verdict).toBe('deny')
    expect(decide(request({ task: { environment: 'staging', ticket: 'PAY-1' } })).verdict).toBe('permit')
  })

  it('not after an error, and not for immense keys', () => {
    const { decide } = decider(
      EVERYTHING,
      'forbid(principal, action, resource) when { context.ttlSeconds * 9223372036854775807 > 0 };',
    )
    expect(decide(request())).toEqual(decide(request()))
    expect(decide(request())).not.toBe(decide(request()))
    const long = request({ agent: { ...request().agent, name: 'x'.repeat(5_000) }, ttlSeconds: 0 })
    expect(decide(long)).not.toBe(decide(long))
  })

  it('and forgotten when there are too many', () => {
    const { decide } = createDecider(compilePolicies([source(EVERYTHING)]), { maxEntries: 4 })
    const first = decide(request())
    for (let i = 0; i < 4; i++) decide(request({ agent: { ...request().agent, name: `other${i}` } }))
    expect(decide(request())).not.toBe(first)
  })
})
