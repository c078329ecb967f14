import { Secret } from '@credbroker/core/secret'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type MacFields, macInput } from './row-mac.ts'

const fields = fc.dictionary(
  fc.string(),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())),
)

it('I13: two rows share a MAC input only when table and every field are equal', () => {
  fc.assert(
    fc.property(fc.string(), fields, fc.string(), fields, (tableA, a, tableB, b) => {
      const same = tableA === tableB && JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
      expect(macInput(tableA, a) === macInput(tableB, b)).toBe(same)
    }),
  )
})

it('I13: the order in which fields are listed does not matter', () => {
  expect(macInput('grants', { id: 'a', state: 'active' })).toBe(
    macInput('grants', { state: 'active', id: 'a' }),
  )
})

it('I13: null, empty and absent are three different rows', () => {
  const inputs = [macInput('t', { a: null }), macInput('t', { a: '' }), macInput('t', {})]
  expect(new Set(inputs).size).toBe(3)
})

it.each([
  ['undefined', undefined],
  ['a Date', new Date(0)],
  ['a Secret', new Secret('x')],
  ['a bigint', 1n],
  ['NaN', Number.NaN],
  ['undefined inside an array', [undefined]],
  ['a function inside an object', { f: () => 1 }],
])('I13: a field that is %s is refused, since it would drop out of the MAC', (_name, value) => {
  expect(() => macInput('grants', { field: value } as unknown as MacFields)).toThrow('grants.field')
})

const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
