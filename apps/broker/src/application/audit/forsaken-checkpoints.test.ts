import { expect, it } from 'vitest'
import { markOf, stillHeld } from './forsaken-checkpoints.ts'

it('lets go of what was there when it booted frozen, and of nothing that came later (I13)', () => {
  const mark = markOf(['one', 'two']) as string
  expect(stillHeld(['one', 'two', 'three'], [mark])).toEqual(['three'])
  expect(stillHeld(['one', 'two'], [mark])).toEqual([])
})

it('nothing is let go of without its mark, and an empty sink has none (I13)', () => {
  expect(stillHeld(['one', 'two'], [])).toEqual(['one', 'two'])
  expect(stillHeld(['one', 'two'], [markOf(['other']) as string])).toEqual(['one', 'two'])
  expect(markOf([])).toBeUndefined()
})
