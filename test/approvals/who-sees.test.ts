import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiWorld, startApiWorld, type Work } from '../gateway/world.ts'
import { people } from '../harness/person.ts'
import { send } from '../security/wire.ts'

let world: ApiWorld
let task: Work

beforeAll(async () => {
  world = await startApiWorld()
  await people(world.broker, 'mia')
  task = await world.task(['api'])
}, 180_000)
afterAll(() => world?.stop())

const asked = async (path: string): Promise<ApprovalView> => {
  const { body } = await task.call('DELETE', path)
  return body['approval'] as unknown as ApprovalView
}

describe('who sees a question', () => {
  it('the task and the agent that asked, without what is for people; nobody else among agents, in the same words', async () => {
    const { id } = await asked('/v1/orders/o1')
    const look = (work: Work, path = `/v1/approvals/${id}`) =>
      send(world.broker, { path, token: work.token, key: work.who.key })
    const own = await look(task)
    expect(own.body).toMatchObject({ id, state: 'pending' })
    for (const hidden of ['loss', 'answers', 'not_yours']) expect(own.body).not.toHaveProperty(hidden)
    const listed = await look(task, '/v1/approvals')
    expect((listed.body['items'] as ApprovalView[]).map((one) => one.id)).toContain(id)

    const stranger = await world.task(['api'], world.other)
    const theirs = await look(stranger)
    const nobodys = await look(stranger, '/v1/approvals/apr_00000000000000000000000000')
    expect(theirs.code).toBe('not_found')
    const { request_id: _a, ...said } = theirs.body
    const { request_id: _b, ...unknown } = nobodys.body
    expect(said).toEqual(unknown)
    expect((await look(stranger, '/v1/approvals')).body['items']).not.toContainEqual(
      expect.objectContaining({ id }),
    )
  })
})
