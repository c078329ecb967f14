import type { ConfigRows, ConfigTable } from '../../domain/config.ts'
import { type RowChange, rowText } from '../../domain/config-diff.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

/** Rows that read as wanted but are not the ones we wrote last: writing them seals them again. */
export function resealings(
  snapshot: ConfigSnapshot,
  changes: readonly RowChange[],
  wanted: { readonly [Table in ConfigTable]?: readonly ConfigRows[Table][] },
): RowChange[] {
  const pending = new Set(
    changes.flatMap(({ table, after }) => (after ? [`${table} ${rowText(after)}`] : [])),
  )
  return snapshot.tampered().flatMap(({ table, key, gone }) => {
    if (gone) return []
    const stored = snapshot.stored(table, key)?.row
    const rows: readonly object[] = wanted[table] ?? []
    const same = rows.find((row) => rowText(row) === rowText(stored))
    return same && !pending.has(`${table} ${rowText(same)}`)
      ? [{ table, before: stored, after: same } as unknown as RowChange]
      : []
  })
}
