import { expect, it } from 'vitest'
import { turns } from './turns.ts'

it('one at a time for each key, in order, also after a failure; beyond the most, nobody waits', async () => {
  const inTurn = turns(2)
  const begun: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = inTurn('a', async () => {
    begun.push('first')
    await gate.promise
    throw new Error('first failed')
  })
  const second = inTurn('a', async () => begun.push('second'))
  expect(await inTurn('a', async () => begun.push('third'))).toBe('too-many')
  await inTurn('b', async () => begun.push('other'))
  expect(begun).toEqual(['first', 'other'])
  gate.resolve()
  await expect(first).rejects.toThrow('first failed')
  await second
  expect(await inTurn('a', async () => 'again')).toBe('again')
  expect(begun).toEqual(['first', 'other', 'second'])
})
