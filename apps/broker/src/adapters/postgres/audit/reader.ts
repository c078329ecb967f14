import { Prover } from '@credbroker/core/audit/prover'
import type { Sql } from 'postgres'
import type { AuditEntry, AuditReader, AuditTree } from '../../../ports/audit.ts'
import { guardedStore } from '../guarded-store.ts'

interface Row {
  readonly index: string
  readonly record: string
  readonly leaf: Buffer
}

const entry = ({ index, record, leaf }: Row): AuditEntry => ({ index: Number(index), record, leaf })

export const createAuditReader = (sql: Sql, tree: AuditTree): AuditReader => ({
  ...guardedStore<Pick<AuditReader, 'page' | 'ofTask'>>({
    async page(from, limit) {
      const rows = await sql<Row[]>`
        SELECT index, record, leaf FROM audit_log WHERE index >= ${from} ORDER BY index LIMIT ${limit}`
      return rows.map(entry)
    },

    async ofTask(task) {
      const rows = await sql<Row[]>`
        SELECT index, record, leaf FROM audit_log WHERE (record::json ->> 'task') = ${task} ORDER BY index`
      return rows.map(entry)
    },
  }),

  async proof(index, size) {
    const { size: held } = await tree.head()
    return new Prover(held, tree.tiles).inclusion(index, size)
  },
})
