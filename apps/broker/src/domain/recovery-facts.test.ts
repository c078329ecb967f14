import { expect, it } from 'vitest'
import { recoveryFacts } from './recovery-facts.ts'

const now = new Date('2026-04-25T09:00:00Z')
const facts = (recovery: object, newest?: unknown) => recoveryFacts({ recovery }, now, newest)

it('nothing on record is no recovery (I5)', () => {
  expect(facts({})).toEqual({ separateAuthority: false, restoreTested: false })
  expect(facts({ backups: 'elsewhere', authority: 'the backup team' })).toMatchObject({
    separateAuthority: false,
  })
})

it('a test of restoring counts for 90 days, and not before it happened', () => {
  const tested = (lastRestoreTest: string) => facts({ lastRestoreTest }).restoreTested
  expect(tested('2026-04-25')).toBe(true)
  expect(tested('2026-01-25')).toBe(true)
  expect(tested('2026-01-23')).toBe(false)
  expect(tested('2026-04-26')).toBe(false)
  expect(tested('soon')).toBe(false)
})

it('how old a backup is comes from the vendor alone', () => {
  expect(facts({ separateAuthority: true }, '2026-04-25T08:00:00Z')).toEqual({
    ageSeconds: 3600,
    separateAuthority: true,
    restoreTested: false,
  })
  for (const strange of ['2027-01-01T00:00:00Z', 'yesterday', 12, null, undefined])
    expect(facts({}, strange)).not.toHaveProperty('ageSeconds')
})
