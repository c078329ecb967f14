import { verifyReceipt } from '@credbroker/core/receipt/verify-receipt'
import type { Receipt } from '@credbroker/core/wire/receipts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { proofFor } from '../security/wire.ts'
import { approvedDrop, RECOVERY, type ReceiptWorld, seenBy, startReceiptWorld, written } from './world.ts'

let world: ReceiptWorld

beforeAll(async () => {
  world = await startReceiptWorld()
}, 180_000)
afterAll(() => world?.stop())

const verify = (receipt: Receipt) => verifyReceipt(written(receipt), [world.key])

describe('the receipt of a task', () => {
  it('tells the whole story, from records that the log signed', async () => {
    const work = await world.task(['api'], world.fixer, { ticket: 'PAY-812' })
    await work.call('GET', '/v1/orders')
    await work.call('PUT', '/v1/secret', { body: { a: 1 } })
    expect((await approvedDrop(work, '/v1/orders/o1', world.mia)).status).toBe(200)
    await world.end(work)
    const { ok, findings, summary, answers } = verify(await world.receipt(work.id))
    expect(findings).toEqual([])
    expect(ok).toBe(true)
    expect(answers).toMatchObject({ verified: 1, registered: 1, withheld: false })
    expect(summary).toMatchObject({
      state: 'final',
      open: [],
      task: {
        id: work.id,
        agent: 'fixer',
        owner: 'mia',
        tool: 'claude-code',
        model: 'opus-4',
        environment: 'staging',
        tier: 'standard',
        purpose: 'mend the orders',
        ticket: 'PAY-812',
        end_reason: 'revoked',
      },
      grants: [{ scope: 'api', root: 'api', provider: 'http', token: 'gateway', state: 'ended' }],
      unknown: [],
      denials: [{ what: 'gateway.denied', scope: 'api', access: ['secret'] }],
      approvals: [
        { kind: 'call', level: 'passkey', answers: [{ user: 'mia', verdict: 'approve' }], expired: false },
      ],
      destroyed: [
        {
          operation: 'drop',
          arguments: [{ name: 'drop' }],
          erases: ['primary'],
          access: ['delete'],
          result: 'ok',
          status: 200,
          backups: {
            where: RECOVERY.backups,
            authority: RECOVERY.authority,
            last_restore_test: RECOVERY.lastRestoreTest,
          },
        },
      ],
    })
    expect(summary?.calls.map(({ operation, result }) => [operation, result])).toEqual([
      ['list', 'ok'],
      ['drop', 'ok'],
    ])
    expect(summary?.destroyed[0]?.duration_ms).toBeTypeOf('number')
    expect(summary?.approvals[0]?.used_by).toEqual([summary?.calls[1]?.index])
    expect(summary?.complete_before).toBeTypeOf('number')
  })

  it('is interim while the task lives, and says what is open', async () => {
    const work = await world.task(['api'])
    const { ok, summary } = verify(await world.receipt(work.id))
    expect(ok).toBe(true)
    expect(summary).toMatchObject({ state: 'interim', open: [{ what: 'task', id: work.id }] })
    expect(summary?.complete_before).toBeUndefined()
    await world.end(work)
    await vi.waitFor(async () => expect((await world.receipt(work.id)).summary.state).toBe('final'), {
      timeout: 20_000,
    })
  })

  it('is closed again by the log, with what came after its closing', async () => {
    const work = await world.task(['api'])
    await world.end(work)
    const before = (await world.receipt(work.id)).summary
    expect(before).toMatchObject({ state: 'final', denials: [] })
    expect((await work.call('GET', '/v1/orders')).code).toBe('task_ended')
    const { ok, summary } = verify(await world.receipt(work.id))
    expect(ok).toBe(true)
    expect(summary).toMatchObject({ state: 'final', denials: [{ code: 'task_ended' }] })
    expect(summary?.complete_before).toBeGreaterThan(before.complete_before ?? 0)
  })

  it('comes in pages of one checkpoint that join to the same', async () => {
    const work = await world.task(['api'])
    for (let i = 0; i < 4; i++) await work.call('GET', '/v1/orders')
    expect((await approvedDrop(work, '/v1/orders/paged', world.mia)).status).toBe(200)
    await world.end(work)
    const whole = await world.receipt(work.id)
    const paged = await world.receipt(work.id, 2)
    expect(verify(paged)).toMatchObject({ ok: true, findings: [], summary: { state: 'final' } })
    expect(paged.leaves.map(({ record }) => record)).toEqual(whole.leaves.map(({ record }) => record))
    expect(paged.summary).toEqual({ ...whole.summary, checkpoint: paged.summary.checkpoint })
  })

  it('of a batch has every request, and each is used once', async () => {
    const work = await world.task(['api'])
    const requests = ['/v1/orders/b1', '/v1/orders/b2'].map((path) => ({ method: 'DELETE', path }))
    const path = '/v1/approvals'
    const asked = await fetch(world.broker.url + path, {
      method: 'POST',
      headers: {
        authorization: `DPoP ${work.token}`,
        dpop: proofFor(world.broker, work.who.key, { method: 'POST', path, token: work.token }),
        'content-type': 'application/json',
      },
      body: JSON.stringify({ scope: 'api', requests }),
    })
    const id = asked.headers.get('broker-approval') ?? ''
    await world.noa.approve(id)
    for (const one of requests)
      expect((await work.call('DELETE', one.path, { headers: { 'broker-approval': id } })).status).toBe(200)
    await world.end(work)
    const { findings, summary } = verify(await world.receipt(work.id))
    expect(findings).toEqual([])
    expect(summary?.approvals).toMatchObject([{ requests: 2, answers: [{ user: 'noa' }] }])
    expect(summary?.destroyed.map((one) => one.arguments?.[0]?.arguments)).toEqual([
      { path: { order: 'b1' }, query: {} },
      { path: { order: 'b2' }, query: {} },
    ])
  })

  it('of what took two persons has the word of both, and does not hold with that of one', async () => {
    const work = await world.task(['api'], world.other)
    expect((await approvedDrop(work, '/v1/orders/two', world.mia, world.ada)).status).toBe(200)
    await world.end(work)
    const receipt = await world.receipt(work.id)
    const { ok, findings, summary, answers } = verify(receipt)
    expect({ ok, findings }).toEqual({ ok: true, findings: [] })
    expect(answers).toMatchObject({ verified: 2, registered: 2 })
    expect(summary?.approvals).toMatchObject([
      {
        level: 'two-person',
        answers: [
          { user: 'mia', verdict: 'approve' },
          { user: 'ada', verdict: 'approve' },
        ],
        expired: false,
      },
    ])
    expect(summary?.approvals[0]?.used_by).toEqual([summary?.calls[0]?.index])
    // The same person twice is one person, and a word that is not there is none.
    const [first, second] = receipt.answers
    if (!first || !second) throw new Error('two have answered')
    for (const forged of [[first], [second], [first, first], [second, first, second]])
      expect(verify({ ...receipt, answers: forged }).ok).toBe(false)
  })

  it('is closed by one record, written when somebody first asks, and by none where nobody does', async () => {
    const [asked, unasked] = [await world.task(['api']), await world.task(['api'])]
    await world.end(asked)
    await world.end(unasked)
    const first = await world.receipt(asked.id)
    const again = await world.receipt(asked.id)
    const records = (leaves: Receipt['leaves']) => leaves.map(({ record }) => record)
    expect(records(again.leaves)).toEqual(records(first.leaves))
    const closings = async (task: string) =>
      (
        await world.broker.admin.request<{ items: unknown[] }>({
          method: 'GET',
          path: `/v1/audit/events?type=task.closed&task=${task}`,
        })
      ).items
    expect(await closings(asked.id)).toHaveLength(1)
    expect(await closings(unasked.id)).toEqual([])
    // What is read later is as whole as what is read at once.
    expect(verify(await world.receipt(unasked.id))).toMatchObject({ ok: true, summary: { state: 'final' } })
  })

  it('names each child task, which has its own', async () => {
    const work = await world.task(['api'])
    const child = await world.delegate(work)
    await child.call('GET', '/v1/orders')
    await world.end(work)
    const parent = verify(await world.receipt(work.id))
    expect(parent.findings).toEqual([])
    expect(parent.summary?.children).toMatchObject([{ task: child.id }])
    const own = verify(await world.receipt(child.id))
    expect(own.findings).toEqual([])
    expect(own.summary).toMatchObject({
      task: { parent: work.id, agent: 'fixer' },
      calls: [{ operation: 'list' }],
    })
  })

  it('is given to the agent of the task without what is for people, and to no other agent', async () => {
    const work = await world.task(['api'])
    expect((await approvedDrop(work, '/v1/orders/mine', world.mia)).status).toBe(200)
    const answer = await vi.waitFor(async () => {
      const seen = await seenBy(world, work)
      expect(seen.text).toContain('gateway.called')
      return seen
    }, 20_000)
    const receipt = answer.body as unknown as Receipt
    expect(receipt).toMatchObject({ withheld: true, answers: [], questions: [], recovery: [] })
    expect(answer.text).not.toContain(RECOVERY.backups)
    expect(verify(receipt)).toMatchObject({ ok: true, answers: { withheld: true } })
    const stranger = await world.task(['api'], world.other)
    expect((await seenBy(world, { ...work, token: stranger.token, who: stranger.who })).status).toBe(404)
  })
})
