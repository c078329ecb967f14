import type { Sql } from 'postgres'
import type { AuditEntry } from '../../../ports/audit.ts'
import type { ReceiptRecords } from '../../../ports/receipt-records.ts'
import { guardedStore } from '../guarded-store.ts'
import { typeOf } from './indexed.ts'

interface Row {
  readonly index: string
  readonly record: string
  readonly leaf: Buffer
}

const entry = ({ index, record, leaf }: Row): AuditEntry => ({ index: Number(index), record, leaf })

export const receiptRecords = (sql: Sql): ReceiptRecords =>
  guardedStore<ReceiptRecords>({
    async page(task, after, before, limit) {
      const rows = await sql<Row[]>`
        SELECT index, record, leaf FROM audit_log
        WHERE (record::json ->> 'task') = ${task} AND index > ${after} AND index < ${before}
        ORDER BY index LIMIT ${limit}`
      return rows.map(entry)
    },

    async tally(task, before) {
      const [sum] = await sql<{ count: number; hash: Buffer }[]>`
        SELECT count(*)::int AS count, sha256(coalesce(string_agg(leaf, ''::bytea ORDER BY index), '')) AS hash
        FROM audit_log WHERE (record::json ->> 'task') = ${task} AND index < ${before}`
      const [newest] = await sql<Row[]>`
        SELECT index, record, leaf FROM audit_log
        WHERE (record::json ->> 'task') = ${task} AND index < ${before} ORDER BY index DESC LIMIT 1`
      return {
        count: sum?.count ?? 0,
        leavesHash: (sum?.hash ?? Buffer.alloc(32)).toString('base64url'),
        newest: newest && entry(newest),
      }
    },

    async waiting(task) {
      const [row] = await sql<{ waits: boolean }[]>`
        SELECT EXISTS (SELECT FROM audit_pending WHERE (record::json ->> 'task') = ${task}) AS waits`
      return row?.waits ?? false
    },

    async delegationsOf(tasks, before) {
      const rows = await sql<Row[]>`
        SELECT first.index, first.record, first.leaf FROM unnest(${[...tasks]}::text[]) AS wanted (task), LATERAL (
          SELECT index, record, leaf FROM audit_log
          WHERE (record::json ->> 'task') = wanted.task AND (record::json ->> 'type') = 'task.delegated'
          ORDER BY index LIMIT 1) AS first
        WHERE first.index < ${before} ORDER BY first.index`
      return rows.map(entry)
    },

    async registrationsOf(passkeys, before) {
      if (passkeys.length === 0) return []
      const rows = await sql<Row[]>`
        SELECT index, record, leaf FROM audit_log
        WHERE ${typeOf(sql)} = 'passkey.added' AND index < ${before}
          AND (record::json -> 'facts' ->> 'name') = ANY (${[...passkeys]}::text[])
        ORDER BY index`
      return rows.map(entry)
    },
  })
