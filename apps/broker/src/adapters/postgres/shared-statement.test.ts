import { describe, expect, it } from 'vitest'
import { type DriverFault, StoreError } from './driver-errors.ts'
import { shareStatements } from './shared-statement.ts'

const fault: DriverFault = { code: '23505', collided: false, mayHaveHappened: false }
const refused = new StoreError('conflict', fault)

/** Statements that end when told to; `bad` items are refused, with everything that shares their statement. */
function statements({ lanes = 1, most = 10, error = refused as Error } = {}) {
  const ran: string[][] = []
  const waiting: (() => void)[] = []
  const ask = shareStatements<string, string>({
    lanes,
    most,
    kindOf: (item) => item[0],
    run: async (items) => {
      ran.push([...items])
      await new Promise<void>((resolve) => waiting.push(resolve))
      if (items.some((item) => item.endsWith('bad'))) throw error
      return items.map((item) => `${item}!`)
    },
  })
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const finish = async () => {
    await turn()
    for (const resolve of waiting.splice(0)) resolve()
    await turn()
  }
  return { ask, ran, finish, turn }
}

describe('a shared statement', () => {
  it('holds what was asked for while the one before was under way', async () => {
    const { ask, ran, finish, turn } = statements()
    const first = ask('a1')
    await turn()
    const rest = ['a2', 'a3', 'a4'].map(ask)
    await finish()
    await finish()
    expect(await Promise.all([first, ...rest])).toEqual(['a1!', 'a2!', 'a3!', 'a4!'])
    expect(ran).toEqual([['a1'], ['a2', 'a3', 'a4']])
  })

  it('holds items of one kind, and no more than it may', async () => {
    const { ask, ran, finish } = statements({ most: 3 })
    const all = ['a1', 'b1', 'a2', 'a3', 'b2', 'a4', 'a5', 'a6'].map(ask)
    for (let round = 0; round < 5; round++) await finish()
    await Promise.all(all)
    expect(ran).toEqual([['a1', 'a2'], ['b1', 'b2'], ['a3', 'a4', 'a5'], ['a6']])
  })

  it('waits for a lane', async () => {
    const { ask, ran, finish, turn } = statements({ lanes: 2, most: 1 })
    const all = ['a1', 'a2', 'a3'].map(ask)
    await turn()
    expect(ran).toEqual([['a1'], ['a2']])
    await finish()
    await finish()
    await Promise.all(all)
  })

  it('that was refused fails only the item that is to blame', async () => {
    const { ask, ran, finish } = statements()
    const all = Promise.allSettled(['a1', 'a2-bad', 'a3'].map(ask))
    await finish()
    await finish()
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(ran).toEqual([['a1', 'a2-bad', 'a3'], ['a1'], ['a2-bad'], ['a3']])
  })

  it.each([
    ['that may have taken effect', { ...fault, code: 'CONNECTION_CLOSED', mayHaveHappened: true }],
    ['of a server that is in trouble', { ...fault, code: '53100' }],
  ])('is not repeated when nobody knows what became of one %s', async (_, unknown) => {
    const { ask, ran, finish } = statements({ error: new StoreError('store_unavailable', unknown) })
    const all = Promise.allSettled(['a1', 'a2-bad'].map(ask))
    await finish()
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(ran).toHaveLength(1)
  })
})
