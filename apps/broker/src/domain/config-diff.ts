import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import { type ConfigRows, type ConfigTable, keyOf } from './config.ts'

/** One row that will be put or removed, with what it replaces. */
export type RowChange = {
  [Table in ConfigTable]:
    | {
        readonly table: Table
        readonly before: ConfigRows[Table] | undefined
        readonly after: ConfigRows[Table]
      }
    | { readonly table: Table; readonly before: ConfigRows[Table]; readonly after?: undefined }
}[ConfigTable]

/** Two rows that say the same have the same text, in whatever order their members are read. */
export const rowText = (row: unknown): string => canonicalJson(JSON.parse(JSON.stringify(row)) as Json)

/** What has to change so that the stored rows of a table become the wanted ones. Rows not wanted are left to `orphan`. */
export function diffRows<Table extends ConfigTable>(
  table: Table,
  stored: readonly ConfigRows[Table][],
  wanted: readonly ConfigRows[Table][],
  orphan: (row: ConfigRows[Table]) => ConfigRows[Table] | 'remove' | 'keep',
): RowChange[] {
  const before = new Map(stored.map((row) => [keyOf(table, row), row]))
  const keys = new Set(wanted.map((row) => keyOf(table, row)))
  const puts = wanted.map((after) => ({ table, before: before.get(keyOf(table, after)), after }))
  const orphans = stored
    .filter((row) => !keys.has(keyOf(table, row)))
    .flatMap((row) => {
      const fate = orphan(row)
      return fate === 'keep'
        ? []
        : [fate === 'remove' ? { table, before: row } : { table, before: row, after: fate }]
    })
  return [...puts, ...orphans].filter(
    ({ before: from, after: to }: { before?: unknown; after?: unknown }) =>
      !(from && to && rowText(from) === rowText(to)),
  ) as unknown as RowChange[]
}

/** Members that differ, by name. What nobody declares (when something was read, its version) is not shown. */
export function changedFields(
  before: object | undefined,
  after: object | undefined,
  hidden: ReadonlySet<string>,
): { field: string; from?: Json; to?: Json }[] {
  const from = (before ?? {}) as Record<string, Json>
  const to = (after ?? {}) as Record<string, Json>
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((field) => !hidden.has(field) && rowText(from[field] ?? null) !== rowText(to[field] ?? null))
    .map((field) => ({
      field,
      ...(from[field] !== undefined && { from: from[field] }),
      ...(to[field] !== undefined && { to: to[field] }),
    }))
}
