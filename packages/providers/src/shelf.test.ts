import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type OpenShelf, openShelf } from './shelf.ts'

const IDLE = 30_000
const random = (bytes: number) => new Uint8Array(bytes).fill(7)

class Thing {
  closed = 0
  close(): void {
    this.closed++
  }
}

let shelf: OpenShelf
beforeEach(() => {
  vi.useFakeTimers()
  shelf = openShelf({ random, idleMilliseconds: IDLE })
})
afterEach(async () => {
  await shelf.stop()
  vi.useRealTimers()
})

const put = (owner: string): Thing => {
  const thing = new Thing()
  shelf.put(owner, thing)
  return thing
}

describe('what is kept between calls', () => {
  it('goes back to exactly its owner, once', () => {
    const thing = put('root a, password x')
    expect(shelf.take('root a, password y')).toBeUndefined()
    expect(shelf.take('root a, password x')).toBe(thing)
    expect(shelf.take('root a, password x')).toBeUndefined()
    expect(thing.closed).toBe(0)
  })

  it('is closed when nobody takes it in time, and not once it was taken', () => {
    const [left, taken] = [put('a'), put('b')]
    shelf.take('b')
    vi.advanceTimersByTime(IDLE)
    expect([left.closed, taken.closed]).toEqual([1, 0])
    expect(shelf.take('a')).toBeUndefined()
  })

  it('is closed when its owner is cleared, and no other’s is', () => {
    const [mine, others] = [put('a'), put('b')]
    shelf.clear('a')
    expect([mine.closed, others.closed]).toEqual([1, 0])
    expect(shelf.take('a')).toBeUndefined()
  })

  it('is closed when the broker stops, and so is what comes later; one that cannot be closed keeps none from it', async () => {
    shelf.put('a', {
      close() {
        throw new Error('no')
      },
    })
    const early = put('b')
    await shelf.stop()
    const late = put('b')
    expect([early.closed, late.closed]).toEqual([1, 1])
  })

  it('is little: too much of one owner, or altogether, is closed at once', () => {
    const ofOne = Array.from({ length: 6 }, () => put('a'))
    expect(ofOne.map(({ closed }) => closed)).toEqual([0, 0, 0, 0, 1, 1])
    const ofMany = Array.from({ length: 40 }, (_, at) => put(`b${at}`))
    expect(ofMany.filter(({ closed }) => closed === 0)).toHaveLength(28)
  })

  it('whatever happens, each thing is with one caller, on the shelf, or closed once', async () => {
    const owner = fc.constantFrom('a', 'b', 'c')
    const step = fc.record({ act: fc.constantFrom('put', 'put', 'take', 'clear', 'wait'), owner })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        shelf = openShelf({ random, idleMilliseconds: IDLE })
        const made: Thing[] = []
        const taken = new Set<unknown>()
        for (const { act, owner: of } of steps)
          if (act === 'put') made.push(put(of))
          else if (act === 'clear') shelf.clear(of)
          else if (act === 'wait') vi.advanceTimersByTime(IDLE / 2)
          else {
            const thing = shelf.take(of)
            expect(taken.has(thing)).toBe(false)
            if (thing) taken.add(thing)
          }
        await shelf.stop()
        for (const thing of made) expect(thing.closed).toBe(taken.has(thing) ? 0 : 1)
      }),
    )
  })
})
