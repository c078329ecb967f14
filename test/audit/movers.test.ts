import { randomFillSync, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { createAuditLog } from '@credbroker/broker/adapters/postgres/audit/log'
import { createAuditMover } from '@credbroker/broker/adapters/postgres/audit/mover'
import { createAuditReader } from '@credbroker/broker/adapters/postgres/audit/reader'
import { createAuditTree } from '@credbroker/broker/adapters/postgres/audit/tree'
import { moveAudit } from '@credbroker/broker/application/audit/move-audit'
import { type AuditRecord, auditRecord, newEvent } from '@credbroker/core/audit/event'
import { treeRoot } from '@credbroker/core/audit/merkle'
import { Prover } from '@credbroker/core/audit/prover'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'

const schema = readFileSync(new URL('../../migrations/0001_audit.sql', import.meta.url), 'utf8')
const makeRecord = (): AuditRecord =>
  auditRecord(
    newEvent(
      { type: 'gateway.called', phase: 'event', actor: { kind: 'agent', id: 'ci' } },
      new Date(),
      (bytes) => randomFillSync(bytes),
    ),
  )

describe('movers', () => {
  let server: TestPostgres
  const open: Sql[] = []
  const client = (max = 1): Sql => {
    const sql = postgres(server.url, { max, onnotice: () => {}, backoff: () => 0.01 })
    open.push(sql)
    return sql
  }

  beforeAll(async () => {
    server = await startTestPostgres()
    await client().unsafe(schema)
  })
  afterAll(async () => {
    await Promise.all(open.map((sql) => sql.end({ timeout: 1 })))
    await server.stop()
  })

  it('leave the work to the one that holds the head, and lose nothing when it dies', async () => {
    const sql = client(2)
    await sql`SELECT 1`
    await createAuditLog(sql).append([makeRecord(), makeRecord()])
    const holder = client()
    // It ends when the session is terminated, with everything undone.
    const dying = holder`
      WITH head AS (SELECT size FROM audit_head FOR UPDATE), gone AS (DELETE FROM audit_pending)
      SELECT pg_sleep(60) FROM head`.catch((error: unknown) => error)
    const admin = postgres(server.superuserUrl, { max: 1 })
    while (!(await admin`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'`).length) await delay(5)
    expect(await createAuditMover(sql).moveBatch(10)).toBeUndefined()
    expect(await moveAudit(createAuditMover(sql))).toBe(0)

    await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`
    await admin.end()
    expect(await dying).toBeInstanceOf(Error)
    while ((await createAuditMover(sql).moveBatch(10)) === undefined) await delay(5)
    expect((await createAuditTree(sql).head()).size).toBe(2)
  })

  it('do nothing at all when somebody else moved between their look and their statement', async () => {
    const sql = client(2)
    await sql`SELECT 1`
    const log = createAuditLog(sql)
    const mover = createAuditMover(sql)
    await log.append([makeRecord(), makeRecord(), makeRecord()])
    const { size } = await createAuditTree(sql).head()
    // Both look at the same rows; each statement is a query of its own, and only one of them can win.
    const results = await Promise.all([mover.moveBatch(3), mover.moveBatch(3)])
    expect(results.filter((count) => count === 3)).toHaveLength(1)
    expect((await createAuditTree(sql).head()).size).toBe(size + 3)
  })

  it('stop between batches when told to, and take the rest next time', async () => {
    const sql = client()
    await sql`SELECT 1`
    await createAuditLog(sql).append(Array.from({ length: 25 }, makeRecord))
    const before = (await createAuditTree(sql).head()).size
    const stop = new AbortController()
    const mover = createAuditMover(sql)
    const stopping = {
      ...mover,
      moveBatch: (limit: number) => {
        stop.abort()
        return mover.moveBatch(limit)
      },
    }
    expect(await moveAudit(stopping, { batch: 10, signal: stop.signal })).toBe(10)
    expect(await moveAudit(mover, { batch: 10 })).toBe(15)
    expect((await createAuditTree(sql).head()).size).toBe(before + 25)
  })

  it('number every committed event exactly once while writers commit late and movers are killed (I6)', async () => {
    const reading = client(2)
    const start = (await createAuditTree(reading).head()).size
    const committed = new Set<string>()
    let writing = true

    // Writers hold their rows uncommitted for a while, so that later numbers of the sequence commit first.
    const write = async () => {
      const sql = client()
      for (let round = 0; round < 60; round++) {
        const batch = Array.from({ length: randomInt(1, 30) }, makeRecord)
        const rollback = randomInt(10) === 0
        await sql
          .begin(async (tx) => {
            await tx`INSERT INTO audit_pending ${tx(batch as { record: string; leaf: Buffer }[], 'record', 'leaf')}`
            await delay(randomInt(8))
            if (rollback) throw new Error('rolled back')
          })
          .then(
            () => {
              for (const { record } of batch) committed.add(record)
            },
            () => {},
          )
      }
    }
    const pids = new Set<number>()
    let deaths = 0
    const move = async () => {
      while (writing) {
        const sql = postgres(server.url, { max: 1, onnotice: () => {} })
        const [row] = await sql`SELECT pg_backend_pid() AS pid`
        const pid = row?.['pid'] as number
        pids.add(pid)
        try {
          while (writing) {
            await createAuditMover(sql).moveBatch(randomInt(1, 40))
            await delay(1)
          }
        } catch {
          deaths++
        }
        pids.delete(pid)
        await sql.end({ timeout: 1 }).catch(() => {})
      }
    }
    const kill = async () => {
      const admin = postgres(server.superuserUrl, { max: 1 })
      while (writing) {
        const victims = [...pids]
        const victim = victims[randomInt(Math.max(1, victims.length))]
        if (victim !== undefined) await admin`SELECT pg_terminate_backend(${victim})`
        await delay(randomInt(10, 40))
      }
      await admin.end()
    }

    const movers = [move(), move(), move(), kill()]
    await Promise.all([write(), write(), write()])
    writing = false
    await Promise.all(movers)
    await moveAudit(createAuditMover(reading))

    const entries = await createAuditReader(reading, createAuditTree(reading)).page(start, 100_000)
    expect(entries.map(({ index }) => index)).toEqual(entries.map((_, i) => start + i))
    expect(entries).toHaveLength(committed.size)
    expect(new Set(entries.map(({ record }) => record))).toEqual(committed)
    expect(deaths).toBeGreaterThan(0)

    const tree = createAuditTree(reading)
    const head = await tree.head()
    const all = await createAuditReader(reading, tree).page(0, 100_000)
    expect(head.size).toBe(all.length)
    expect(head.root()).toEqual(treeRoot(all.map(({ leaf }) => leaf)))
    expect(await new Prover(head.size, tree.tiles).root()).toEqual(head.root())
  })
})
