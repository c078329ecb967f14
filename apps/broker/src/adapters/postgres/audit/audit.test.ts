import { randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { type AuditEventFields, auditRecord, newEvent } from '@credbroker/core/audit/event'
import { CompactRange, leafHash } from '@credbroker/core/audit/merkle'
import { verifyInclusion } from '@credbroker/core/audit/proofs'
import { Prover } from '@credbroker/core/audit/prover'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../../test/harness/postgres.ts'
import { needs } from '../../../../../../test/harness/services.ts'
import { createCheckpointStore } from './checkpoints.ts'
import { createAuditLog } from './log.ts'
import { createAuditMover } from './mover.ts'
import { createAuditReader } from './reader.ts'
import { createAuditTree } from './tree.ts'

const schema = readFileSync(new URL('../../../../../../migrations/0001_audit.sql', import.meta.url), 'utf8')
const record = (fields: Partial<AuditEventFields> = {}) =>
  auditRecord(
    newEvent(
      { type: 'task.started', phase: 'event', actor: { kind: 'agent', id: 'ci' }, ...fields },
      new Date(),
      (bytes) => randomFillSync(bytes),
    ),
  )
const records = (count: number) => Array.from({ length: count }, () => record())

const noPostgres15 = await needs('postgres15')

describe.each([18, 15] as const)('the audit log in PostgreSQL %i', (version) => {
  let server: TestPostgres | undefined
  let sql: Sql
  let databases = 0
  const unavailable = version === 15 && noPostgres15 !== undefined

  beforeAll(async () => {
    if (!unavailable) server = await startTestPostgres({ version })
  })
  afterAll(async () => {
    await sql?.end()
    await server?.stop()
  })
  beforeEach(async () => {
    await sql?.end()
    const url = await server?.createDatabase(`audit_${++databases}`)
    sql = postgres(url ?? '', { max: 4, onnotice: () => {} })
    if (server) await sql.unsafe(schema)
  })
  const test = it.skipIf(unavailable)

  test('numbers what was appended, in its order, under the tree of its records', async () => {
    const all = records(700)
    const log = createAuditLog(sql)
    const mover = createAuditMover(sql)
    const tree = createAuditTree(sql)
    const reader = createAuditReader(sql, tree)
    await log.append(all.slice(0, 300))
    expect(await mover.lagSeconds()).toBeGreaterThan(0)
    expect(await mover.moveBatch(200)).toBe(200)
    await log.append(all.slice(300))
    expect(await mover.moveBatch(1000)).toBe(500)
    expect(await mover.moveBatch(1000)).toBe(0)
    expect(await mover.lagSeconds()).toBe(0)

    const page = await reader.page(0, 1000)
    expect(page.map(({ record, leaf }) => ({ record, leaf }))).toEqual(all)
    expect(page.map(({ index }) => index)).toEqual(all.map((_, index) => index))
    expect((await reader.page(698, 10)).map(({ index }) => index)).toEqual([698, 699])

    const expected = new CompactRange()
    for (const { leaf } of all) expected.append(leaf)
    const head = await tree.head()
    expect([head.size, head.root()]).toEqual([700, expected.root()])
    expect(await new Prover(700, tree.tiles).root()).toEqual(expected.root())
    for (const [index, size] of [
      [0, 700],
      [255, 256],
      [256, 513],
      [699, 700],
    ] as const) {
      const leaf = leafHash((all[index] as { record: string }).record)
      const root = await new Prover(700, tree.tiles).root(size)
      expect(verifyInclusion({ leaf, index, size, root, proof: await reader.proof(index, size) })).toBe(true)
    }
    await expect(reader.proof(700, 700)).rejects.toThrow(RangeError)
    await expect(reader.proof(0, 701)).rejects.toThrow(RangeError)
  })

  test('finds everything of one task, whatever the other fields hold', async () => {
    const task = 'tsk_01arz3ndektsv4rrffq69g5fav'
    const mine = [
      record({ task, reason: '"task":"x" \\u0000 \u0000 \ud800' }),
      record({ task, phase: 'intent' }),
    ]
    await createAuditLog(sql).append([record(), mine[0] as never, record(), mine[1] as never])
    await createAuditMover(sql).moveBatch(10)
    const found = await createAuditReader(sql, createAuditTree(sql)).ofTask(task)
    expect(found.map(({ index, record }) => ({ index, record }))).toEqual([
      { index: 1, record: mine[0]?.record },
      { index: 3, record: mine[1]?.record },
    ])
  })

  test('refuses to change or remove what was appended', async () => {
    await createAuditLog(sql).append(records(300))
    await createAuditMover(sql).moveBatch(300)
    await createAuditLog(sql).append(records(1))
    await createCheckpointStore(sql).keep({ size: 300, root: Buffer.alloc(32), note: 'note' })
    for (const statement of [
      'UPDATE audit_log SET record = record',
      'DELETE FROM audit_log WHERE index = 3',
      'TRUNCATE audit_log',
      'DELETE FROM audit_nodes',
      'UPDATE audit_checkpoints SET note = note',
      'DELETE FROM audit_checkpoints',
      'TRUNCATE audit_checkpoints',
      'UPDATE audit_pending SET record = record',
      'TRUNCATE audit_pending',
      'DELETE FROM audit_head',
      "UPDATE audit_head SET size = 0, frontier = ''",
      "UPDATE audit_head SET frontier = decode(repeat('00', octet_length(frontier)), 'hex')",
    ]) {
      await expect(sql.unsafe(statement), statement).rejects.toMatchObject({ code: '42501' })
    }
  })

  test('takes no record whose leaf is not its hash, or that could stop the movers', async () => {
    const insert = (text: string, leaf = leafHash(text)) =>
      sql`INSERT INTO audit_pending (record, leaf) VALUES (${text}, ${leaf})`
    for (const text of [
      '{',
      '{"reason":"\\u0000"}',
      `{"task":"${'x'.repeat(65)}"}`,
      `{"x":"${'x'.repeat(65_536)}"}`,
    ]) {
      await expect(insert(text)).rejects.toThrow()
    }
    await expect(insert('{}', leafHash('{"x":1}'))).rejects.toMatchObject({ code: '23514' })
    await insert('{"ä":"…"}')
    expect(await createAuditMover(sql).moveBatch(10)).toBe(1)
  })

  test('answers audit_unavailable, without the record, when it cannot write (I6)', async () => {
    await sql`ALTER TABLE audit_pending RENAME TO elsewhere`
    const error = await createAuditLog(sql)
      .append([record({ reason: 'hunter2' })])
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'audit_unavailable', status: 503 })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
  })

  test('keeps one checkpoint per size and lists those after a size', async () => {
    const store = createCheckpointStore(sql)
    const at = (size: number, note = `note ${size}`) => ({ size, root: Buffer.alloc(32, size), note })
    expect(await store.newest()).toBeUndefined()
    expect(await store.keep(at(5))).toEqual(at(5))
    expect(await store.keep(at(3))).toEqual(at(3))
    expect(await store.keep(at(5, 'another'))).toEqual(at(5))
    expect(await store.newest()).toEqual(at(5))
    expect(await store.after(3, 10)).toEqual([at(5)])
    expect(await store.after(0, 1)).toEqual([at(3)])
  })
})
