import fc from 'fast-check'
import { expect, it, describe as suite } from 'vitest'
import { describe } from './describe.ts'
import { printable } from './printable.ts'
import { table } from './table.ts'

suite('text from outside', () => {
  it('never moves the cursor, ends a line, or turns a name around', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/\p{Cc}|\p{Bidi_C}|\u2028|\u2029/u)
      }),
    )
  })

  it('stays as it is where it is harmless', () => {
    expect(printable('Zoë fixed 100 % of “it” 日本')).toBe('Zoë fixed 100 % of “it” 日本')
  })

  it('cannot add rows to a table or fields to an object', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (cells) => {
        const rows = table(
          ['a', 'b'],
          cells.map((cell) => [cell, cell]),
        )
        expect(rows.split('\n')).toHaveLength(cells.length + 2)
        const object = describe(Object.fromEntries(cells.map((cell, at) => [`k${at}`, cell])))
        expect(object.split('\n')).toHaveLength(cells.length + 1)
      }),
    )
  })
})

it('a table without rows says so, however narrow the terminal', () => {
  expect(table(['name', 'status'], [], 3)).toBe('There are none.\n')
})

it('a table aligns its columns and shows what is empty', () => {
  expect(
    table(
      ['name', 'state'],
      [
        ['orders-db', 'ok'],
        ['x', undefined],
      ],
    ),
  ).toBe('NAME       STATE\norders-db  ok\nx          -\n')
})

it('a table that is wider than the terminal becomes blocks, one line a cell', () => {
  const rows = [
    ['orders-db', '2026-11-22T19:52:23.897Z'],
    ['x', undefined],
  ]
  const wide = table(['name', 'checked at'], rows, 31)
  expect(wide).toBe('NAME       CHECKED AT\norders-db  2026-11-22T19:52:23Z\nx          -\n')
  expect(table(['name', 'checked at'], rows, 30)).toBe(
    'NAME        orders-db\nCHECKED AT  2026-11-22T19:52:23Z\n\nNAME        x\nCHECKED AT  -\n',
  )
})

it('an object is shown with its lists joined and its parts indented', () => {
  const value = {
    name: 'a',
    teams: ['x', 'y'],
    none: [],
    task: { id: 1 },
    keys: [{ jkt: 'k', ends: 'e' }, { jkt: 'l' }],
  }
  expect(describe(value)).toBe(
    'name:  a\nteams: x, y\ntask:\n  id: 1\nkeys:\n  - jkt:  k\n    ends: e\n  - jkt: l\n',
  )
})
