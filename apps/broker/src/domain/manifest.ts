import { CONFIG_TABLES, type ConfigTable } from './config.ts'

/**
 * Which rows count: the MAC of each, under one MAC of its own. A row that was sealed once says nothing about now; one
 * that was put back to an earlier state, or is gone, differs from what is written here (I13).
 */
export interface Manifest {
  readonly name: typeof MANIFEST
  /** Grows with every write; at least the version of the configuration that the write was computed from. */
  readonly version: number
  readonly macs: { readonly [Table in ConfigTable]?: { readonly [key: string]: string } }
  /**
   * Somebody could approve, now or earlier, so configuration is not free (I4c). It stays, whoever goes: it lies here, because
   * what is taken out of a manifest, or put back with an older one, is noticed.
   */
  readonly hadApprover?: true
}

/** The name of its row, which lies beside the controls. */
export const MANIFEST = 'manifest'

/** What an empty database starts from. */
export const EMPTY_MANIFEST: Manifest = { name: MANIFEST, version: 0, macs: {} }

/** A row that is written, or removed where there is no MAC. */
export interface ManifestChange {
  readonly table: ConfigTable
  readonly key: string
  readonly mac: string | undefined
}

export const manifestMac = ({ macs }: Manifest, table: ConfigTable, key: string): string | undefined => {
  const known = macs[table]
  return known && Object.hasOwn(known, key) ? known[key] : undefined
}

/** What holds after these changes. Rows that were tampered with meanwhile stay so until they are written. */
export function nextManifest(
  from: Manifest,
  changes: readonly ManifestChange[],
  version: number,
  hadApprover = false,
): Manifest {
  const macs = CONFIG_TABLES.map((table) => {
    const rows = new Map(Object.entries(from.macs[table] ?? {}))
    for (const change of changes) {
      if (change.table !== table) continue
      if (change.mac === undefined) rows.delete(change.key)
      else rows.set(change.key, change.mac)
    }
    return [table, Object.fromEntries(rows)] as const
  })
  return {
    name: MANIFEST,
    version: Math.max(version, from.version + 1),
    macs: Object.fromEntries(macs),
    ...((from.hadApprover || hadApprover) && { hadApprover: true }),
  }
}
