import fc from 'fast-check'
import { expect, it } from 'vitest'
import { csv } from './csv.ts'

/** A reader as RFC 4180 describes one. */
function read(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    let value = ''
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"') at++
        value += text[at]
      }
      at++
    } else while (!/[,\r]/.test(text[at] as string)) value += text[at++]
    row.push(value)
    if (text[at] === ',') at++
    else {
      rows.push(row)
      row = []
      at += 2
    }
  }
  return rows
}

const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '"', ',', '\r', '\n', '\t', ' ', 'a') }),
)

it('a table is read back as it was, by whoever reads RFC 4180, but for the apostrophes', () => {
  fc.assert(
    fc.property(fc.array(fc.array(texts, { minLength: 1, maxLength: 4 }), { maxLength: 4 }), (rows) => {
      const found = read(csv(rows))
      expect(found.map((row) => row.length)).toEqual(rows.map((row) => row.length))
      found.flat().forEach((cell, index) => {
        const was = rows.flat()[index] as string
        expect([was, `'${was}`]).toContain(cell)
      })
    }),
  )
})

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\r=1', '|cmd', '\uff1d1'])(
  'no cell is a formula: %j',
  (text) => expect(read(csv([[text]]))).toEqual([[`'${text}`]]),
)

it('leaves alone what is none', () => {
  expect(csv([['agent:ci-fixer', '2026-04-25', 'a=b', '']])).toBe('agent:ci-fixer,2026-04-25,a=b,\r\n')
})
