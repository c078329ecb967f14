import type { Sql } from 'postgres'
import type { CheckpointStore, StoredCheckpoint } from '../../../ports/audit.ts'
import { guardedStore } from '../guarded-store.ts'

interface Row {
  readonly size: string
  readonly root: Buffer
  readonly note: string
}

const checkpoint = ({ size, root, note }: Row): StoredCheckpoint => ({ size: Number(size), root, note })

export const createCheckpointStore = (sql: Sql): CheckpointStore =>
  guardedStore<CheckpointStore>({
    async newest() {
      const [row] = await sql<Row[]>`
      SELECT size, root, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1`
      return row && checkpoint(row)
    },

    async keep({ size, root, note }) {
      await sql`
      INSERT INTO audit_checkpoints (size, root, note) VALUES (${size}, ${root}, ${note})
      ON CONFLICT (size) DO NOTHING`
      const [kept] = await sql<[Row]>`SELECT size, root, note FROM audit_checkpoints WHERE size = ${size}`
      return checkpoint(kept)
    },

    async after(size, limit) {
      const rows = await sql<Row[]>`
      SELECT size, root, note FROM audit_checkpoints WHERE size > ${size} ORDER BY size LIMIT ${limit}`
      return rows.map(checkpoint)
    },
  })
