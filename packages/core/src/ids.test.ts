import { randomFillSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isId, madeAt, newId } from './ids.ts'

it('an id says when it was made, to the millisecond', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date(2 ** 48 - 1), noInvalidDate: true }), (now) => {
      const id = newId('deployment', now, (bytes) => randomFillSync(bytes))
      expect(isId('deployment', id)).toBe(true)
      expect(madeAt(id)).toEqual(now)
    }),
  )
})
