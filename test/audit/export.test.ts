import { generateKeyPairSync, randomFillSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createCheckpointStore } from '@credbroker/broker/adapters/postgres/audit/checkpoints'
import { createAuditLog } from '@credbroker/broker/adapters/postgres/audit/log'
import { createAuditMover } from '@credbroker/broker/adapters/postgres/audit/mover'
import { createAuditReader } from '@credbroker/broker/adapters/postgres/audit/reader'
import { createAuditTree } from '@credbroker/broker/adapters/postgres/audit/tree'
import { checkRollback } from '@credbroker/broker/application/audit/check-rollback'
import { exportAudit } from '@credbroker/broker/application/audit/export-audit'
import { moveAudit } from '@credbroker/broker/application/audit/move-audit'
import { createCheckpointSigner } from '@credbroker/broker/application/audit/sign-checkpoint'
import { tailAudit } from '@credbroker/broker/application/audit/tail-audit'
import { auditRecord, newEvent } from '@credbroker/core/audit/event'
import { verifyAudit } from '@credbroker/core/audit/verify'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'

const schema = readFileSync(new URL('../../migrations/0001_audit.sql', import.meta.url), 'utf8')
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key = { name: 'broker.example/audit', publicKey, sign: (data: Buffer) => sign(null, data, privateKey) }
const keys = [key]
const makeRecord = (agent: string) =>
  auditRecord(
    newEvent(
      { type: 'gateway.called', phase: 'event', actor: { kind: 'agent', id: agent } },
      new Date(),
      (bytes) => randomFillSync(bytes),
    ),
  )

describe('the audit log of a running broker', () => {
  let server: TestPostgres
  let sql: Sql
  const held: string[] = []
  beforeAll(async () => {
    server = await startTestPostgres()
    sql = postgres(server.url, { max: 4, onnotice: () => {} })
    await sql.unsafe(schema)
    const parts = partsOf(sql)
    const signer = createCheckpointSigner({ ...parts, key, publish: (note) => held.push(note) })
    for (const count of [3, 700, 1, 1296]) {
      await parts.log.append(Array.from({ length: count }, (_, i) => makeRecord(`agent-${i}`)))
      await moveAudit(parts.mover, { batch: 250 })
      await signer.sign()
    }
  })
  afterAll(async () => {
    await sql.end()
    await server.stop()
  })

  const partsOf = (client: Sql) => {
    const tree = createAuditTree(client)
    return {
      log: createAuditLog(client),
      mover: createAuditMover(client),
      tree,
      reader: createAuditReader(client, tree),
      checkpoints: createCheckpointStore(client),
    }
  }
  const linesOf = async (client: Sql, range = {}) => {
    const lines: string[] = []
    for await (const line of exportAudit(partsOf(client), range)) lines.push(line)
    return lines
  }

  it('exports to what verifies offline, as a whole and in parts', async () => {
    expect(await verifyAudit(exportAudit(partsOf(sql)), { keys, held })).toMatchObject({
      ok: true,
      size: 2000,
      verifiedSize: 2000,
      checkpoints: 8,
    })
    for (const from of [1, 3, 256, 703, 704, 1999]) {
      const lines = await linesOf(sql, { from })
      expect(await verifyAudit(lines, { keys, held })).toMatchObject({ ok: true, from, verifiedSize: 2000 })
      expect(lines.filter((line) => line.startsWith('{"event"'))).toHaveLength(2000 - from)
    }
    expect(await verifyAudit(await linesOf(sql, { to: 703 }), { keys })).toMatchObject({
      ok: true,
      verifiedSize: 703,
    })
    await expect(linesOf(sql, { from: 2001 })).rejects.toThrow(RangeError)
  })

  // What an attacker with every right in the database can do; each time in a copy of it.
  const tampered = async (name: string, ...statements: string[]) => {
    await sql.end()
    const admin = postgres(server.superuserUrl, { max: 1 })
    await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE credbroker OWNER credbroker`)
    await admin.end()
    sql = postgres(server.url, { max: 4, onnotice: () => {} })
    const copy = postgres(server.url.replace(/credbroker$/, name), { max: 2, onnotice: () => {} })
    for (const table of ['audit_log', 'audit_head', 'audit_checkpoints', 'audit_nodes']) {
      await copy.unsafe(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
    }
    for (const statement of statements) await copy.unsafe(statement)
    const verification = await verifyAudit(await linesOf(copy), { keys, held })
    const rollback = await checkRollback(partsOf(copy), { held, keys })
    await copy.end()
    return { findings: verification.findings, rollback: rollback.state }
  }
  const renumber = 'UPDATE audit_log SET index = index - 1000000 WHERE index >= 1000000'

  it('shows an edited record, hash and all', async () => {
    const { findings } = await tampered(
      'edited',
      `UPDATE audit_log SET record = replace(record, 'gateway.called', 'gateway.denied'),
         leaf = sha256('\\x00'::bytea || convert_to(replace(record, 'gateway.called', 'gateway.denied'), 'UTF8'))
       WHERE index = 500`,
    )
    expect(findings).toEqual([{ kind: 'altered', from: 3, to: 703 }])
  })

  it('shows a deleted record, and one deleted with the rest moved up', async () => {
    const gap = await tampered('gap', 'DELETE FROM audit_log WHERE index = 500')
    expect(gap.findings).toEqual([{ kind: 'missing', from: 500, to: 501 }])
    const closed = await tampered(
      'closed',
      'DELETE FROM audit_log WHERE index = 500',
      'UPDATE audit_log SET index = index + 999999 WHERE index > 500',
      renumber,
    )
    expect(closed.findings.map(({ kind }) => kind)).toContain('altered')
    expect(closed.rollback).toBe('forked')
  })

  it('shows two records that changed places', async () => {
    const { findings } = await tampered(
      'swapped',
      'UPDATE audit_log SET index = index + 1000000 WHERE index IN (500, 501)',
      'UPDATE audit_log SET index = CASE index WHEN 1000500 THEN 501 ELSE 500 END WHERE index >= 1000000',
    )
    expect(findings).toEqual([{ kind: 'altered', from: 3, to: 703 }])
  })

  it('shows a log that was cut back, checkpoints and all, by what was held outside (I13)', async () => {
    const range = await createAuditTree(sql).head()
    expect(range.size).toBe(2000)
    const { findings, rollback } = await tampered(
      'cut',
      'DELETE FROM audit_log WHERE index >= 1',
      'DELETE FROM audit_checkpoints',
      'DELETE FROM audit_nodes',
      'UPDATE audit_head SET size = 1, frontier = (SELECT leaf FROM audit_log WHERE index = 0)',
    )
    expect(findings).toEqual([{ kind: 'truncated', size: 1, signedSize: 2000 }])
    expect(rollback).toBe('behind')
  })

  it('is followed by a tail that shows every entry once and then waits for more', async () => {
    const stop = new AbortController()
    const { log, mover, reader } = partsOf(sql)
    const seen: number[] = []
    let waits = 0
    const wait = async () => {
      waits++
      if (waits === 1) {
        await log.append([makeRecord('late')])
        await moveAudit(mover)
      } else stop.abort()
    }
    for await (const { index } of tailAudit(reader, {
      from: 1500,
      pageSize: 200,
      wait,
      signal: stop.signal,
    })) {
      seen.push(index)
    }
    expect(seen).toEqual(Array.from({ length: 501 }, (_, i) => 1500 + i))
  })
})
