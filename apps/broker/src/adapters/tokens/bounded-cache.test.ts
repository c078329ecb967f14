import { expect, it } from 'vitest'
import { BoundedCache } from './bounded-cache.ts'

it('never holds more than its limit, and forgets what was used longest ago', () => {
  const cache = new BoundedCache<number>(3)
  for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index)
  cache.get('a')
  cache.set('d', 3)
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([0, undefined, 2, 3])
  for (let i = 0; i < 100; i++) cache.set(`${i}`, i)
  expect(cache.size).toBe(3)
})

it('setting a key again neither grows it nor pushes another out', () => {
  const cache = new BoundedCache<number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  cache.set('a', 3)
  expect([cache.get('a'), cache.get('b'), cache.size]).toEqual([3, 2, 2])
})
