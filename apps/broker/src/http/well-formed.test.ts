import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isWellFormed } from './well-formed.ts'

it('JSON is well-formed wherever no half of a surrogate pair stands alone in it, keys included', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(isWellFormed(value)).toBe(true)
    }),
  )
  const halves = fc.constantFrom('\ud800', 'a\udfff', '\udc00\ud800')
  fc.assert(
    fc.property(halves, fc.boolean(), (half, asKey) => {
      expect(isWellFormed({ a: [1, null, { b: asKey ? { [half]: true } : half }] })).toBe(false)
    }),
  )
})
