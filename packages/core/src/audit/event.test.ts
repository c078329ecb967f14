import { createHash, randomFillSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newId } from '../ids.ts'
import { Secret } from '../secret.ts'
import { type AuditEvent, type AuditEventFields, auditRecord, newEvent } from './event.ts'
import { FACTS } from './facts.ts'
import { clean } from './text.ts'

const random = (bytes: Uint8Array) => randomFillSync(bytes)
const now = new Date('2026-04-25T09:30:00.123Z')
const fields: AuditEventFields = {
  type: 'task.started',
  phase: 'event',
  result: 'ok',
  actor: { kind: 'agent', id: 'ci-fixer' },
  sub: 'ada',
  task: newId('task', now, random),
  environment: 'staging',
  facts: { purpose: 'fix the flaky checkout test', ttlSeconds: 1800 },
}
const event = newEvent(fields, now, random)
const refused = (change: object) => () => auditRecord({ ...event, ...change } as AuditEvent)

describe('an audit record', () => {
  it('is the canonical JSON of the event, and its leaf is SHA-256(0x00 ‖ record)', () => {
    const { record, leaf } = auditRecord(event)
    expect(Object.keys(JSON.parse(record))).toEqual([...Object.keys(JSON.parse(record))].sort())
    expect(JSON.parse(record)).toEqual(event)
    expect(leaf).toEqual(
      createHash('sha256')
        .update(Buffer.from([0]))
        .update(record)
        .digest(),
    )
    expect(auditRecord(JSON.parse(record))).toEqual({ record, leaf })
  })

  it('refuses fields and facts that are not on the allow-list, without repeating what they hold', () => {
    for (const attempt of [
      refused({ body: 'hunter2' }),
      refused({ facts: { password: 'hunter2' } }),
      refused({ facts: { hunter2: true } }),
      refused({ actor: { kind: 'agent', id: 'a', email: 'hunter2' } }),
      refused({ type: 'hunter2' }),
      refused({ scope: 'hunter2\n' }),
      refused({ facts: { purpose: { nested: 'hunter2' } } }),
    ]) {
      expect(attempt).toThrow(TypeError)
      expect(attempt).not.toThrow(/hunter2/)
    }
    expect(refused({ facts: { ttlSeconds: '30m' } })).toThrow('facts.ttlSeconds')
  })

  it('cannot hold a credential where its digest belongs (I1)', () => {
    for (const value of ['ghp_example2F292c6912E7710c838347Ae178B4', 'postgres://u:p@h/d', 'ab'.repeat(31)]) {
      expect(refused({ facts: { credentialSha256: value } })).toThrow('facts.credentialSha256')
      expect(refused({ facts: { rootFingerprint: value } })).toThrow('facts.rootFingerprint')
    }
    expect(refused({ reason: new Secret('x') })).toThrow('reason')
    expect(refused({ facts: { purpose: new Secret('x') } })).toThrow('facts.purpose')
  })

  it('shortens and cleans what agents, people and vendors say, so that they cannot keep an event out of the log', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const { record } = auditRecord({ ...event, reason: text, facts: { purpose: text } })
        expect(record).not.toMatch(/\\u0000|[\p{Cc}\u202e\u2028]/u)
        const back = JSON.parse(record)
        expect(back.reason.length).toBeLessThanOrEqual(500)
        expect(back.facts.purpose.length).toBeLessThanOrEqual(400)
        expect(auditRecord(back).record).toBe(record)
      }),
    )
    const lone = 'x'.repeat(398) + '\ud83d\ude00'.repeat(400)
    expect(clean(lone, 400)).toBe(`${'x'.repeat(398)}…`)
    expect(auditRecord({ ...event, reason: '\ud83d' }).record).toContain('\ufffd')
  })

  it('stays under the bound of the store even when every field is as long as it may be', () => {
    const long = (schema: { safeParse(v: unknown): { success: boolean; data?: unknown } }) =>
      [now.toISOString(), 'a'.repeat(43), '"\u20ac'.repeat(600), Number.MAX_SAFE_INTEGER, true]
        .map((value) => schema.safeParse(value))
        .find((result) => result.success)?.data
    const facts = Object.fromEntries(
      Object.entries(FACTS).map(([key, schema]) => {
        const value = long(schema)
        if (value !== undefined) return [key, value]
        const fitting = [400, 200, 120, 100, 64, 60, 40, 20].map((n) => '\u20ac'.repeat(n))
        return [key, fitting.find((text) => schema.safeParse(text).success)]
      }),
    )
    const policies = Array.from({ length: 200 }, () => '\u20ac'.repeat(120))
    const { record } = auditRecord({ ...event, facts, policies, reason: '"'.repeat(9999) })
    expect(Object.values(facts)).not.toContain(undefined)
    expect(JSON.parse(record).policies).toHaveLength(64)
    expect(Buffer.byteLength(record)).toBeLessThan(65_536)
  })
})
