import { expect, it } from 'vitest'
import { foundWords } from './found-words.ts'

const words = (type: string, facts?: Readonly<Record<string, unknown>>) =>
  foundWords({
    ...{ id: 'evt_1', at: '2026-06-01T00:00:00.000Z', phase: 'event', actor: { kind: 'agent', id: 'fixer' } },
    type,
    ...(facts && { facts }),
  })

it('what was found, reported or let pass is told in words, and nothing else is', () => {
  expect(words('leak.reported', { count: 1 })).toBe('1 found value was reported')
  expect(words('leak.reported', { count: 3 })).toBe('3 found values were reported')
  expect(words('leak.matched', { kind: 'root', root: 'orders', rootVersion: 2 })).toBe(
    'what was found is the credential of the root orders, version 2',
  )
  expect(words('leak.matched', { kind: 'session' })).toContain('has ended')
  expect(words('leak.matched', { kind: 'another' })).toBe('what was found is another')
  expect(words('leak.matched')).toBe('what was found is ?')
  expect(words('finding.allowed', { finding: 'fnd_1' })).toContain('fnd_1 was let pass')
  expect(words('task.started', { finding: 'fnd_1' })).toBeUndefined()
})
