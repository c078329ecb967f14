import { describe, expect, it } from 'vitest'
import { durationText } from './duration-text.ts'
import { matches } from './matches.ts'
import { attention } from './root-words.ts'

const NOW = Date.parse('2026-06-01T00:00:00.000Z')
const fresh = { findings: [], added_at: '2026-05-31T00:00:00.000Z', checked_at: '2026-05-31T00:00:00.000Z' }

describe('words about what is configured', () => {
  it('a root that is narrow, fresh and checked needs nobody', () => {
    expect(attention(fresh, NOW)).toEqual([])
  })

  it('what was found comes before what is unsafe, and that before what is old; advice asks for nothing', () => {
    const finding = (level: 'unsafe' | 'over-broad' | 'advice') => ({ level, code: 'x', message: 'x' })
    const root = {
      findings: [finding('advice'), finding('over-broad'), finding('unsafe'), finding('unsafe')],
      added_at: '2026-03-01T00:00:00.000Z',
      checked_at: '2026-04-01T00:00:00.000Z',
    }
    expect(attention(root, NOW)).toEqual(['unsafe', 'over-broad', 'old', 'unchecked'])
    const leaked = { first_at: fresh.added_at, last_at: fresh.added_at, reports: 1 }
    expect(attention({ ...root, leaked }, NOW)[0]).toBe('leaked')
  })

  it('durations are as files have them', () => {
    expect([900, 28_800, 90].map(durationText)).toEqual(['15m', '8h', '90s'])
  })

  it('what was changed by hand is found by that, and is not in use', () => {
    const one = { name: 'orders', source: 'api', disabled: false, tampered: true, revision: 'r' } as const
    expect(matches(one, { name: 'ORD', state: 'tampered' })).toBe(true)
    expect(matches(one, { name: '', state: 'in use' })).toBe(false)
    expect(matches(one, { name: 'shop', state: '' })).toBe(false)
  })
})
