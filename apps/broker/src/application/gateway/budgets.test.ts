import { LIMITS } from '@credbroker/core/limits'
import { describe, expect, it } from 'vitest'
import { Budgets } from './budgets.ts'

const START = Date.UTC(2026, 3, 25, 9, 0, 20)

function budgets() {
  let now = START
  const made = new Budgets({ now: () => new Date(now) })
  return { made, later: (ms: number) => (now += ms) }
}
const ci = { agent: 'ci', grant: 'g1' }
const exceeded = expect.objectContaining({
  code: 'budget_exceeded',
  details: expect.objectContaining({ retryAfterSeconds: 40 }),
})

describe('budgets of calls', () => {
  it('count a grant and an agent by the minute, and say when the next one begins', () => {
    const { made, later } = budgets()
    for (let at = 0; at < LIMITS.callsPerGrant; at++) made.begin(ci)()
    expect(() => made.begin(ci)).toThrow(exceeded)
    const second = { ...ci, grant: 'g2' }
    for (let at = LIMITS.callsPerGrant; at < LIMITS.callsPerAgent; at++) made.begin(second)()
    expect(() => made.begin({ ...ci, grant: 'g3' })).toThrow(exceeded)
    made.begin({ agent: 'other', grant: 'g4' })()
    later(40_000)
    made.begin(ci)()
  })

  it('hold an agent to so many at once, and a call is given back once', () => {
    const { made } = budgets()
    const open = Array.from({ length: LIMITS.callsInFlight }, () => made.begin(ci))
    expect(() => made.begin(ci)).toThrow(expect.objectContaining({ code: 'budget_exceeded' }))
    open[0]?.()
    open[0]?.()
    made.begin(ci)
    expect(() => made.begin(ci)).toThrow(expect.objectContaining({ code: 'budget_exceeded' }))
  })

  it('questions to vendors and bytes of answers have their own', () => {
    const { made } = budgets()
    for (let at = 0; at < LIMITS.resolutionsPerAgent; at++) made.resolution(ci)
    expect(() => made.resolution(ci)).toThrow(exceeded)
    expect(made.answered(ci, LIMITS.answerBytesPerAgent)).toBe(true)
    expect(made.answered(ci, 1)).toBe(false)
    expect(() => made.begin(ci)).toThrow(exceeded)
  })
})
