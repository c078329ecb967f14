import type { CheckedRow, ConfigSnapshot } from '../../domain/snapshot.ts'

/** What every object of the configuration says of itself. */
export const owned = (
  { row, intact }: CheckedRow<{ readonly source: 'files' | 'api'; readonly disabled?: boolean }>,
  { version }: ConfigSnapshot,
) => ({
  source: row.source,
  disabled: row.disabled ?? false,
  tampered: !intact,
  config_version: version,
})
