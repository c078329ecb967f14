import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestBroker } from '../harness/broker.ts'
import { proofFor, type RawRequest } from '../security/wire.ts'
import { type ApiWorld, startApiWorld, type Work } from './world.ts'

let world: ApiWorld
let second: TestBroker
beforeAll(async () => {
  world = await startApiWorld()
  second = await world.broker.replica()
}, 180_000)
afterAll(async () => {
  await second?.stop()
  await world?.stop()
})
beforeEach(() => {
  world.vendor.answer(() => ({ body: JSON.stringify({ place: 'staging' }) }))
  world.vendor.forget()
})

type Request = readonly [method: string, target: string, more?: Partial<RawRequest>]

/** The same request with the same proof, again and again. */
function repeated(task: Work, [method, target, more = {}]: Request) {
  const path = `/gateway/api${target}`
  const proof = proofFor(world.broker, task.who.key, { method, path, token: task.token })
  return (at?: TestBroker) => task.call(method, target, { ...more, proof, ...(at && { at }) })
}

/** Ten at once, in turn at two replicas. */
async function tenTimes(task: Work, request: Request): Promise<string[]> {
  const again = repeated(task, request)
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) => again(at % 2 === 0 ? second : undefined)),
  )
  return answers.map(({ status, code }) => code ?? String(status)).sort()
}

const once = (answer: string) => [answer, ...Array.from({ length: 9 }, () => 'replayed_proof')].sort()

describe('a proof is good for one call, also when two replicas get it at the same moment', () => {
  it.each<[string, Request, number]>([
    ['that is taken with the intent', ['GET', '/v1/orders'], 1],
    ['that is taken before the vendor is asked about the call', ['GET', '/v1/items/i-1'], 2],
    ['that is taken before a body is received', ['POST', '/v1/orders', { body: { total: 1 } }], 1],
  ])('%s', async (_, request, hits) => {
    const task = await world.task(['api'])
    expect(await tenTimes(task, request)).toEqual(once('200'))
    expect(world.vendor.hits).toHaveLength(hits)
    const intents = (await world.events('gateway.called', task.id)).filter(({ phase }) => phase === 'intent')
    expect(intents).toHaveLength(hits)
  })

  it.each<[string, Request]>([
    ['call_refused', ['GET', '/v1/unknown']],
    ['denied', ['PUT', '/v1/secret', { body: { a: 1 } }]],
    ['call_unresolved', ['GET', '/v1/elsewhere']],
  ])('and a refused one has used it up: %s', async (code, request) => {
    const task = await world.task(['api'])
    const again = repeated(task, request)
    expect((await again()).code).toBe(code)
    expect((await again(second)).code).toBe('replayed_proof')
  })

  it('refused at the same moment, it is refused and recorded once', async () => {
    const task = await world.task(['api'])
    expect(await tenTimes(task, ['GET', '/v1/elsewhere'])).toEqual(once('call_unresolved'))
    expect(await world.events('gateway.denied', task.id)).toHaveLength(1)
    expect(world.vendor.hits).toEqual([])
  })

  it('a call for which a person would have to be asked has used it up', async () => {
    const task = await world.task(['api'])
    expect(await tenTimes(task, ['DELETE', '/v1/orders/o-1'])).toEqual(once('approval_required'))
    expect(world.vendor.hits).toEqual([])
  })
})
