import { randomFillSync } from 'node:crypto'
import { type AuditEventFields, auditRecord, newEvent } from '@credbroker/core/audit/event'
import { verifyReceipt } from '@credbroker/core/receipt/verify-receipt'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ReceiptWorld, startReceiptWorld, written } from './world.ts'

let world: ReceiptWorld
beforeAll(async () => {
  world = await startReceiptWorld()
}, 180_000)
afterAll(() => world?.stop())

const CALLS = 4000

it('a receipt of thousands of calls comes in pages, and verifies', async () => {
  const work = await world.task(['api'])
  const write = (fields: Omit<AuditEventFields, 'type' | 'actor'>) => {
    const event = newEvent(
      {
        type: 'gateway.called',
        actor: { kind: 'agent', id: 'fixer' },
        task: work.id,
        scope: 'api',
        access: ['read'],
        ...fields,
      },
      new Date(),
      (bytes) => randomFillSync(bytes),
    )
    return { id: event.id, record: auditRecord(event).record }
  }
  for (let done = 0; done < CALLS; done += 1000) {
    const records = Array.from({ length: 1000 }, () => {
      const intent = write({ phase: 'intent', facts: { operation: 'list', method: 'GET' } })
      const facts = { operation: 'list', method: 'GET', durationMs: 3, upstreamStatus: 200 }
      return [intent.record, write({ phase: 'outcome', intent: intent.id, result: 'ok', facts }).record]
    }).flat()
    await world.sql(`
      INSERT INTO audit_pending (record, leaf)
      SELECT record, sha256('\\x00'::bytea || convert_to(record, 'UTF8'))
      FROM json_array_elements_text($records$${JSON.stringify(records)}$records$) AS record`)
  }
  await world.end(work)
  const receipt = await world.receipt(work.id, 1000)
  const { findings, summary } = verifyReceipt(written(receipt), [world.key])
  expect(findings).toEqual([])
  expect(summary).toMatchObject({ state: 'final' })
  expect(summary?.calls).toHaveLength(CALLS)
}, 180_000)
