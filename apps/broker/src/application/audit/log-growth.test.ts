import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { LogGrowth } from './log-growth.ts'
import { sharedPages } from './shared-pages.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('whoever waits for the log to grow', () => {
  it('is let go by the entry that they want, and one look serves all', async () => {
    let size = 5
    let looks = 0
    const growth = new LogGrowth(async () => {
      looks += 1
      return size
    }, turn)
    const { signal } = new AbortController()
    const gone: number[] = []
    const waiting = [5, 5, 6].map((next) => growth.until(next, signal).then(() => gone.push(next)))
    while (looks < 3) await turn()
    expect(gone).toEqual([])
    size = 6
    await Promise.all(waiting.slice(0, 2))
    expect(gone).toEqual([5, 5])
    size = 7
    await Promise.all(waiting)
    const before = looks
    for (let i = 0; i < 5; i += 1) await turn()
    expect(looks).toBe(before)
  })

  it('is let go by the end, and leaves nothing behind however often they wait', async () => {
    const growth = new LogGrowth(async () => 10, turn)
    const over = new AbortController()
    for (let next = 0; next < 9; next += 1) await growth.until(next, over.signal)
    expect(getEventListeners(over.signal, 'abort')).toEqual([])
    const waiting = growth.until(10, over.signal)
    over.abort()
    await waiting
  })

  it('goes on waiting while the database does not answer', async () => {
    let broken = true
    let looks = 0
    const growth = new LogGrowth(async () => {
      looks += 1
      if (broken) throw new Error('gone')
      return 1
    }, turn)
    const waiting = growth.until(0, new AbortController().signal)
    while (looks < 3) await turn()
    broken = false
    await waiting
  })
})

it('those who want the same page at once cause one reading, and the next one is read anew', async () => {
  let reads = 0
  const pages = sharedPages({
    page: async () => {
      reads += 1
      await turn()
      return []
    },
  })
  await Promise.all([pages.page(3, 200), pages.page(3, 200), pages.page(4, 200)])
  expect(reads).toBe(2)
  await pages.page(3, 200)
  expect(reads).toBe(3)
})
