import { CompactRange } from '@credbroker/core/audit/merkle'
import { BrokerError } from '@credbroker/core/errors'
import type { Sql } from 'postgres'
import type { AuditMover } from '../../../ports/audit.ts'
import { guardedStore } from '../guarded-store.ts'

const TILE_BITS = 8

interface Look {
  readonly size: string
  readonly frontier: Buffer
  /** Null when nothing waits. */
  readonly seq: string | null
  readonly leaf: Buffer | null
}

/**
 * Numbers events: looks at what is committed, computes the tree that results, and writes it all in one statement, which
 * takes effect only under the row lock of `audit_head` and only if nobody has moved since the look. So a writer who
 * commits late is merely numbered late, a mover that dies has done everything or nothing, and one that stalls holds
 * no lock.
 */
export const createAuditMover = (sql: Sql): AuditMover =>
  guardedStore<AuditMover>({
    async moveBatch(limit) {
      // One statement, so that the head and the waiting rows are of one moment.
      const look = await sql<Look[]>`
        SELECT size, frontier, seq, leaf
        FROM audit_head LEFT JOIN (SELECT seq, leaf FROM audit_pending ORDER BY seq LIMIT ${limit}) waiting ON true
        ORDER BY seq`
      const head = look[0]
      if (!head) throw new BrokerError('audit_unavailable', { detail: 'audit_head is empty' })
      if (head.seq === null) return 0

      const tree = new CompactRange(Number(head.size), head.frontier)
      const nodes: { level: number; index: number; hash: string }[] = []
      for (const { leaf } of look) {
        tree.append(leaf as Buffer, (level, index, hash) => {
          if (level % TILE_BITS === 0)
            nodes.push({ level: level / TILE_BITS, index, hash: hash.toString('hex') })
        })
      }
      const seqs = `{${look.map(({ seq }) => seq).join()}}`
      const moved = await sql`
        WITH head AS (
          SELECT size FROM audit_head WHERE size = ${head.size} FOR UPDATE SKIP LOCKED
        ), batch AS (
          DELETE FROM audit_pending USING head
          WHERE seq = ANY (${seqs}::text::bigint[])
          RETURNING seq, record, leaf
        ), log AS (
          INSERT INTO audit_log (index, record, leaf)
          SELECT size + row_number() OVER (ORDER BY seq) - 1, record, leaf FROM batch, head
        ), nodes AS (
          INSERT INTO audit_nodes (level, index, hash)
          SELECT level, index, decode(hash, 'hex')
          FROM head, jsonb_to_recordset(${JSON.stringify(nodes)}::text::jsonb)
                     AS node (level smallint, index bigint, hash text)
        )
        UPDATE audit_head SET
          size = ${tree.size},
          -- NULL, which the column refuses, undoes everything if a row that was counted on is gone.
          frontier = CASE WHEN (SELECT count(*) FROM batch) = ${look.length} THEN ${tree.frontier()}::bytea END,
          moved_at = clock_timestamp()
        FROM head
        RETURNING 1`
      return moved.length === 0 ? undefined : look.length
    },

    async lagSeconds() {
      const [oldest] = await sql<{ seconds: number }[]>`
        SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 AS seconds
        FROM audit_pending ORDER BY seq LIMIT 1`
      return oldest?.seconds ?? 0
    },
  })
