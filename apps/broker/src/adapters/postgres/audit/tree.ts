import { CompactRange } from '@credbroker/core/audit/merkle'
import { TILE } from '@credbroker/core/audit/prover'
import { BrokerError } from '@credbroker/core/errors'
import type { Sql } from 'postgres'
import type { AuditTree } from '../../../ports/audit.ts'
import { guardedStore } from '../guarded-store.ts'

export const createAuditTree = (sql: Sql): AuditTree =>
  guardedStore<AuditTree>({
    async head() {
      const [row] = await sql<{ size: string; frontier: Buffer }[]>`SELECT size, frontier FROM audit_head`
      if (!row) throw new BrokerError('audit_unavailable', { detail: 'audit_head is empty' })
      return new CompactRange(Number(row.size), row.frontier)
    },

    async tiles(level, tile, width) {
      const from = tile * TILE
      const rows =
        level === 0
          ? await sql<{ hash: Buffer }[]>`
            SELECT leaf AS hash FROM audit_log
            WHERE index >= ${from} AND index < ${from + width} ORDER BY index`
          : await sql<{ hash: Buffer }[]>`
            SELECT hash FROM audit_nodes
            WHERE level = ${level} AND index >= ${from} AND index < ${from + width} ORDER BY index`
      return rows.map(({ hash }) => hash)
    },
  })
