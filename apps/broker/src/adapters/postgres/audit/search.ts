import type { Sql, TransactionSql } from 'postgres'
import type { AuditEntry } from '../../../ports/audit.ts'
import type { AuditFilter, AuditSearch } from '../../../ports/audit-search.ts'
import { guardedStore } from '../guarded-store.ts'

interface Row {
  readonly index: string
  readonly record: string
  readonly leaf: Buffer
}

/** What is rare is found by reading backwards: not for ever. */
const LONGEST_MS = 10_000

export const createAuditSearch = (sql: Sql): AuditSearch =>
  guardedStore<AuditSearch>({
    find: (filter, before, limit) =>
      sql.begin('read only', async (tx) => {
        await tx`SELECT set_config('statement_timeout', ${String(LONGEST_MS)}, true)`
        const rows = await tx<Row[]>`
          SELECT index, record, leaf FROM audit_log
          WHERE ${conditions(tx, filter, before)}
          ORDER BY index DESC LIMIT ${limit}`
        return rows.map(({ index, record, leaf }): AuditEntry => ({ index: Number(index), record, leaf }))
      }),
  })

function conditions(
  tx: TransactionSql,
  { types, actor, since, until, ...fields }: AuditFilter,
  before: number | undefined,
) {
  const equal = Object.entries(fields).map(
    ([name, value]) => tx`AND (record::json ->> ${name}::text) = ${value as string}`,
  )
  return [
    before === undefined ? tx`true` : tx`index < ${before}`,
    ...(fields.task === undefined ? [] : [tx`AND (record::json ->> 'task') = ${fields.task}`]),
    ...equal,
    ...(types ? [tx`AND (record::json ->> 'type') IN ${tx([...types])}`] : []),
    ...(actor === undefined ? [] : [tx`AND (record::json -> 'actor' ->> 'id') = ${actor}`]),
    // Entries are numbered after they happened, never before.
    ...(since ? [tx`AND moved_at >= ${since} AND (record::json ->> 'at') >= ${since.toISOString()}`] : []),
    ...(until ? [tx`AND (record::json ->> 'at') < ${until.toISOString()}`] : []),
  ]
}
