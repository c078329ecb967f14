import { CONNECTORS } from '@credbroker/connectors/registry.gen'
import { describe, expect, it } from 'vitest'
import { differential } from './differential.ts'
import { SUBJECTS } from './subjects.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5000)
const SEED = Number(process.env['FC_SEED'] ?? 20_260_425)

describe('what our parser says is what a server makes of what we send', () => {
  it('is looked into for every kind', () => {
    expect(Object.keys(SUBJECTS).sort()).toEqual([...CONNECTORS.keys()])
  })

  it.each(Object.entries(SUBJECTS))(
    '%s: requests changed at random',
    (_, subject) => {
      const { findings, taken, refused } = differential(subject, RUNS, SEED)
      expect(findings).toEqual([])
      // A parser that takes nothing agrees with everybody.
      expect(taken).toBeGreaterThan(RUNS / 100)
      expect(refused.size).toBeGreaterThan(3)
    },
    120_000,
  )
})
