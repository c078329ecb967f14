import fc from 'fast-check'
import { expect, it } from 'vitest'
import { randomPool } from './random-pool.ts'

/** Counts up, so that every byte of it can be told from every other for a while. */
function counter() {
  let next = 0
  const asked: number[] = []
  const fill = (bytes: Uint8Array<ArrayBuffer>) => {
    asked.push(bytes.length)
    return bytes.map((_, at) => {
      bytes[at] = next++ % 256
      return 0
    })
  }
  return { fill, asked }
}

it('gives every byte of the source out at most once, and in full', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 16 }), { maxLength: 15 }), (sizes) => {
      const random = randomPool(counter().fill, 64)
      const given = sizes.flatMap((size) => [...random(new Uint8Array(size))])
      expect(given).toHaveLength(sizes.reduce((sum, size) => sum + size, 0))
      expect(new Set(given).size).toBe(given.length)
    }),
  )
})

it('takes what may be a key from the system, each time', () => {
  const { fill, asked } = counter()
  const random = randomPool(fill)
  random(new Uint8Array(16))
  random(new Uint8Array(32))
  random(new Uint8Array(32))
  random(new Uint8Array(16))
  expect(asked).toEqual([4096, 32, 32])
})
