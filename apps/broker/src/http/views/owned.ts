import { revisionOf } from '../../domain/revision.ts'
import type { CheckedRow, ConfigSnapshot } from '../../domain/snapshot.ts'

/** What every object of the configuration says of itself. */
export const owned = (
  table: Parameters<typeof revisionOf>[1],
  {
    row,
    intact,
  }: CheckedRow<{ readonly name: string; readonly source: 'files' | 'api'; readonly disabled?: boolean }>,
  snapshot: ConfigSnapshot,
) => ({
  source: row.source,
  disabled: row.disabled ?? false,
  tampered: !intact,
  revision: revisionOf(snapshot, table, row.name),
})
