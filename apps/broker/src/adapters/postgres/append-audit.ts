import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Sql, TransactionSql } from 'postgres'
import { byteArray } from './byte-array.ts'

/** Writes events in the caller's transaction: they become durable with the change, or neither does (I6). */
export async function appendAudit(sql: Sql | TransactionSql, events: readonly AuditRecord[]): Promise<void> {
  if (events.length === 0) return
  const records = events.map(({ record }) => record)
  const leaves = byteArray(
    sql,
    events.map(({ leaf }) => leaf),
  )
  await sql`INSERT INTO audit_pending (record, leaf) SELECT * FROM unnest(${records}::text[], ${leaves}::bytea[])`
}
