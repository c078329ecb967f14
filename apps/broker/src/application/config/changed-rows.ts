import type { ConfigTable } from '../../domain/config.ts'
import { diffRows } from '../../domain/config-diff.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

type Rows<Table extends ConfigTable> = Parameters<typeof diffRows<Table>>[2]
type Fate<Table extends ConfigTable> = Parameters<typeof diffRows<Table>>[3]

/** What has to be written so that these say what they are to say. Rows that are not among them stay, unless `fate` says otherwise. */
export const changedRows = <Table extends ConfigTable>(
  snapshot: ConfigSnapshot,
  table: Table,
  rows: Rows<Table>,
  fate: Fate<Table> = () => 'keep',
) =>
  diffRows<Table>(
    table,
    snapshot.rows[table].map(({ row }) => row) as Parameters<typeof diffRows<Table>>[1],
    rows,
    fate,
  )
