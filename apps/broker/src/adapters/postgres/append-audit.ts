import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Sql, TransactionSql } from 'postgres'

/** Writes events in the caller's transaction: they become durable with the change, or neither does (I6). */
export async function appendAudit(sql: Sql | TransactionSql, events: readonly AuditRecord[]): Promise<void> {
  if (events.length === 0) return
  await sql`INSERT INTO audit_pending (record, leaf)
    SELECT * FROM unnest(${sql.array(
      events.map(({ record }) => record),
      25,
    )}::text[], ${sql.array(
      events.map(({ leaf }) => leaf),
      17,
    )}::bytea[])`
}
