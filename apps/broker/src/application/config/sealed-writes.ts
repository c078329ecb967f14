import { BrokerError } from '@credbroker/core/errors'
import { hadApprover, mayApprove } from '../../domain/approver-exists.ts'
import { CONFIG_TABLES, keyOf, type User } from '../../domain/config.ts'
import { type Manifest, type ManifestChange, nextManifest } from '../../domain/manifest.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { ConfigStore, ConfigWriter, RowWrite } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Sealed } from '../../ports/people.ts'
import { seal } from '../people/sealed-row.ts'
import type { LiveConfig } from './live-config.ts'

/** Writes rows together with the manifest that makes them count (I13). Every use case writes through this. */
export const sealedWrites = (store: ConfigStore, config: LiveConfig, macs: Macs): ConfigWriter => ({
  write: async (change) => {
    if (change.rows.length === 0) return await store.write({ ...change, manifest: null })
    const { snapshot } = await config.current()
    // The database would say the same: this manifest describes no other version than the one it is computed from.
    if (snapshot.version !== change.expectedVersion)
      throw new BrokerError('conflict', { detail: 'The configuration changed meanwhile' })
    const approver = change.rows.some(
      (row) => makesApprover(row) && snapshot.passkeyHolders.has(row.put.name),
    )
    const manifest = sealedManifest(config, macs, snapshot, { rows: change.rows.map(changeOf), approver })
    await store.write({ ...change, manifest })
  },
})

/** The manifest after these changes. `approver`: with them somebody could approve (I4c). */
export function sealedManifest(
  config: LiveConfig,
  macs: Macs,
  snapshot: ConfigSnapshot,
  { rows, approver }: { readonly rows: readonly ManifestChange[]; readonly approver: boolean },
): Sealed<Manifest> {
  const version = Math.max(snapshot.version, config.manifestSeen + 1)
  return seal(
    macs,
    'controls',
    nextManifest(baseOf(snapshot), rows, version, approver || hadApprover(snapshot)),
  )
}

const makesApprover = (write: RowWrite): write is RowWrite & { table: 'users'; put: User } =>
  write.table === 'users' && 'put' in write && mayApprove(write.put)

/**
 * What a write builds on. Where the manifest is lost nobody can write but the broker itself, which freezes everything
 * with it: then what carries our MAC is taken as it is, for an operator to look at before the freeze is lifted.
 */
function baseOf(snapshot: ConfigSnapshot): Manifest {
  if (snapshot.manifest) return snapshot.manifest
  const macs = CONFIG_TABLES.map((table) => [
    table,
    Object.fromEntries(
      snapshot.rows[table].flatMap(({ row, mac }) =>
        mac === undefined ? [] : [[keyOf(table, row as never), mac]],
      ),
    ),
  ])
  return { name: 'manifest', version: 0, macs: Object.fromEntries(macs) }
}

const changeOf = (write: RowWrite): ManifestChange =>
  'put' in write
    ? { table: write.table, key: keyOf(write.table, write.put as never), mac: write.mac }
    : { table: write.table, key: keyOf(write.table, write.remove as never), mac: undefined }
