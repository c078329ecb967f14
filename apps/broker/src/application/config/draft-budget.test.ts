import { LIMITS } from '@credbroker/core/limits'
import { describe, expect, it } from 'vitest'
import { DraftBudget } from './draft-budget.ts'

const mia = { name: 'mia' }

describe('what drafts of policies may cost', () => {
  it('is bounded for each person and minute', () => {
    let now = 1000
    const budget = new DraftBudget(() => now)
    const done = budget.begin(mia)
    now += LIMITS.draftMillisecondsPerMinute
    done()
    expect(() => budget.begin(mia)).toThrow(
      expect.objectContaining({
        code: 'budget_exceeded',
        details: expect.objectContaining({ retryAfterSeconds: 40 }),
      }),
    )
    budget.begin({ name: 'noa' })()
    now += 40_000
    budget.begin(mia)()
  })

  it('is for a few at once, and what is given back may be taken again', () => {
    const budget = new DraftBudget(() => 0)
    const open = Array.from({ length: LIMITS.draftsAtOnce }, () => budget.begin(mia))
    expect(() => budget.begin(mia)).toThrow(expect.objectContaining({ code: 'budget_exceeded' }))
    open[0]?.()
    budget.begin(mia)()
  })

  it('of a question that lasts longer than the minute counts in the next', () => {
    let now = 0
    const budget = new DraftBudget(() => now)
    const done = budget.begin(mia)
    now += 70_000
    done()
    expect(() => budget.begin(mia)).toThrow(expect.objectContaining({ code: 'budget_exceeded' }))
  })
})
