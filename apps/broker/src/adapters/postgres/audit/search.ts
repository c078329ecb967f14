import type { Sql, TransactionSql } from 'postgres'
import type { AuditEntry } from '../../../ports/audit.ts'
import type { AuditFilter, AuditSearch } from '../../../ports/audit-search.ts'
import { guardedStore } from '../guarded-store.ts'
import { actorOf, environmentOf, firstSince, leaseOf, scopeOf, typeOf } from './indexed.ts'

interface Row {
  readonly index: string
  readonly record: string
  readonly leaf: Buffer
}

/** What is rare and has no index is found by reading backwards: not for ever. */
const LONGEST_MS = 10_000

export const createAuditSearch = (sql: Sql): AuditSearch =>
  guardedStore<AuditSearch>({
    find: (filter, before, limit) =>
      sql.begin('read only', async (tx) => {
        await tx`SELECT set_config('statement_timeout', ${String(LONGEST_MS)}, true)`
        // Nothing is numbered before it happens.
        const first = filter.since ? await firstSince(tx, filter.since) : '0'
        const rows = await tx<Row[]>`
          SELECT index, record, leaf FROM audit_log
          WHERE index >= ${first} ${before === undefined ? tx`` : tx`AND index < ${before}`} ${conditions(tx, filter)}
          ORDER BY index DESC LIMIT ${limit}`
        return rows.map(({ index, record, leaf }): AuditEntry => ({ index: Number(index), record, leaf }))
      }),
  })

function conditions(tx: TransactionSql, { types, actor, since, until, ...fields }: AuditFilter) {
  const { task, environment, lease, scope } = fields
  const indexed = [
    tx``,
    ...(task === undefined ? [] : [tx`AND (record::json ->> 'task') = ${task}`]),
    ...(environment === undefined ? [] : [tx`AND ${environmentOf(tx)} = ${environment}`]),
    ...(lease === undefined ? [] : [tx`AND ${leaseOf(tx)} = ${lease}`]),
    ...(scope === undefined ? [] : [tx`AND ${scopeOf(tx)} = ${scope}`]),
    ...(types ? [tx`AND ${typeOf(tx)} IN ${tx([...types])}`] : []),
    ...(actor === undefined ? [] : [tx`AND ${actorOf(tx)} = ${actor}`]),
  ]
  // Records are canonical JSON: to look for a text in one costs a fifth of parsing it.
  const read = Object.entries(fields).flatMap(([name, value]) => [
    tx`AND strpos(record, ${`${JSON.stringify(name)}:${JSON.stringify(value)}`}) > 0`,
    tx`AND (record::json ->> ${name}::text) = ${String(value)}`,
  ])
  const times = [
    ...(since ? [tx`AND (record::json ->> 'at') >= ${since.toISOString()}`] : []),
    ...(until ? [tx`AND (record::json ->> 'at') < ${until.toISOString()}`] : []),
  ]
  return [...indexed, ...read, ...times]
}
