import { BrokerError } from '@credbroker/core/errors'
import { expect, it } from 'vitest'
import { askVendors } from './ask-vendors.ts'

const refusing = (at: string) => async () => {
  throw new BrokerError('reach_refused', { problems: [{ at, message: 'no' }] })
}

it('one that hangs holds up itself; answers come in the order of the work', async () => {
  const { promise: hanging, resolve: release } = Promise.withResolvers<void>()
  const begun: number[] = []
  const work = Array.from({ length: 50 }, (_, at) => async () => {
    begun.push(at)
    if (at === 0) await hanging
    // The last one is under way although the first has not answered.
    if (at === 49) release()
    return at
  })
  expect(await askVendors(work)).toEqual(Array.from({ length: 50 }, (_, at) => at))
  expect(begun).toHaveLength(50)
})

it('no more than eight at once', async () => {
  let running = 0
  let most = 0
  const work = Array.from({ length: 50 }, () => async () => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running--
  })
  await askVendors(work)
  expect(most).toBe(8)
})

it('what is refused is told all together, in the order of the work, whoever answers first', async () => {
  const slow = async () => {
    await new Promise(setImmediate)
    return await refusing('first')()
  }
  await expect(askVendors([slow, async () => 1, refusing('third')])).rejects.toMatchObject({
    code: 'reach_refused',
    details: { problems: [{ at: 'first' }, { at: 'third' }] },
  })
})

it('a vendor that is away is not asked about all the rest as well', async () => {
  let asked = 0
  const away = async () => {
    asked++
    throw new BrokerError('vendor_unavailable')
  }
  await expect(askVendors(Array.from({ length: 50 }, () => away))).rejects.toMatchObject({
    code: 'vendor_unavailable',
  })
  expect(asked).toBeLessThanOrEqual(8)
})
