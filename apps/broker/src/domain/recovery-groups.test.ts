import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recoveryGroups } from './recovery-groups.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f']
const environments = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 12 })
  .map((edges) =>
    names.map((name) => ({ name, backups: edges.filter(([from]) => from === name).map(([, to]) => to) })),
  )

describe('I5: recovery groups', () => {
  it('an environment and its backups are in one group, however they were declared', () => {
    fc.assert(
      fc.property(environments, (all) => {
        const groups = recoveryGroups(all)
        for (const { name, backups } of all)
          for (const backup of backups) expect(groups.get(backup)).toBe(groups.get(name))
      }),
    )
  })
  it('environments that nothing connects are in different groups', () => {
    const groups = recoveryGroups([
      { name: 'production', backups: ['vault'] },
      { name: 'vault', backups: [] },
      { name: 'staging', backups: [] },
    ])
    expect(groups.get('vault')).toBe(groups.get('production'))
    expect(groups.get('staging')).toBe('staging')
  })
  it('the order in which they are declared does not change them', () => {
    fc.assert(
      fc.property(environments, (all) => {
        expect(Object.fromEntries(recoveryGroups([...all].reverse()))).toEqual(
          Object.fromEntries(recoveryGroups(all)),
        )
      }),
    )
  })
})
