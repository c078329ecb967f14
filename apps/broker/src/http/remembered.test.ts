import { expect, it } from 'vitest'
import { remembered } from './remembered.ts'

it('is found out once for everybody who asks within the time, and a failure is not kept', async () => {
  let now = 0
  let asked = 0
  const ask = remembered(5, { now: () => new Date(now) }, async () => {
    asked++
    if (asked === 2) throw new Error('away')
    return asked
  })
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
  now = 4999
  expect(await ask()).toBe(1)
  now = 5000
  await expect(ask()).rejects.toThrow('away')
  expect(await ask()).toBe(3)
})
