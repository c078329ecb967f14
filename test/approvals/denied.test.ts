import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiWorld, startApiWorld, type Work } from '../gateway/world.ts'
import { type Approver, approvers } from '../harness/approver.ts'
import { type Answer, send } from '../security/wire.ts'

let world: ApiWorld
let mia: Approver
let count = 0
beforeAll(async () => {
  world = await startApiWorld()
  mia = (await approvers(world.broker, 'mia')).mia
}, 180_000)
afterAll(() => world?.stop())

const drop = (work: Work, path: string, approval?: string): Promise<Answer> =>
  work.call('DELETE', path, approval === undefined ? {} : { headers: { 'broker-approval': approval } })

/** Asked in this task, and denied. */
async function denied(work: Work) {
  const path = `/v1/orders/o${++count}`
  const answer = await drop(work, path)
  expect(answer.status, answer.text).toBe(202)
  const { id } = answer.body['approval'] as unknown as ApprovalView
  const said = await mia.answer(id, { verdict: 'deny', reason: 'not on a Friday' })
  expect(said.body).toMatchObject({ state: 'denied', reason: 'not on a Friday' })
  return { path, id }
}

describe('I4: what was denied', () => {
  it('says why, and is not asked again in this task', async () => {
    const task = await world.task(['api'])
    const { path, id } = await denied(task)
    expect((await drop(task, path, id)).code).toBe('approval_denied')
    expect((await drop(task, path)).code).toBe('approval_denied')
    const { token, who } = task
    const seen = await send(world.broker, { path: `/v1/approvals/${id}`, token, key: who.key })
    expect(seen.body).toMatchObject({ state: 'denied', reason: 'not on a Friday' })
  })

  it('is not asked again by a sub-agent, nor by whoever handed the task on', async () => {
    const parent = await world.task(['api'])
    const child = await world.delegate(parent)
    const grandchild = await world.delegate(child)
    const sibling = await world.delegate(parent)
    for (const asker of [parent, grandchild]) {
      const { path } = await denied(asker)
      for (const again of [parent, child, grandchild, sibling])
        expect((await drop(again, path)).code).toBe('approval_denied')
    }
    expect(world.vendor.hits.filter(({ method }) => method === 'DELETE')).toEqual([])
  })

  it('may be asked in another task, where the person decides anew', async () => {
    const { path } = await denied(await world.task(['api']))
    expect((await drop(await world.task(['api']), path)).status).toBe(202)
  })
})
