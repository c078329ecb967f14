import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Json } from '@credbroker/core/canonical-json'
import type { Approval } from '../domain/approval.ts'
import type { ConfigRows, ConfigTable } from '../domain/config.ts'
import type { Manifest } from '../domain/manifest.ts'
import type { Sealed as SealedSecret } from './keyring.ts'
import type { Passkey, Sealed } from './people.ts'

export interface StoredRow {
  readonly table: ConfigTable
  readonly body: Json
  readonly mac: string
}

export interface StoredConfig {
  readonly version: number
  readonly rows: readonly StoredRow[]
  /** Who has any is a part of what is decided by: the version moves when one comes or goes. */
  readonly passkeys: readonly Sealed<Passkey>[]
}

export type RowWrite = {
  [Table in ConfigTable]:
    | { readonly table: Table; readonly put: ConfigRows[Table]; readonly mac: string }
    | { readonly table: Table; readonly remove: ConfigRows[Table] }
}[ConfigTable]

/** A new version of a root's credential, to replace the one in use. */
export interface SecretWrite {
  readonly root: string
  readonly version: number
  readonly sealed: SealedSecret
  /** A person did, and no rotation: that waits for none, and loses none of its versions. */
  readonly handedIn?: true
  /**
   * What became of the version before: the vendor took the new one in its place, or holds both until the old one is retired.
   * Absent where the broker has no part in that.
   */
  readonly former?: 'replaced' | 'alive'
}

export interface ConfigWrite {
  /** The version the change was computed from; anything newer means somebody else was faster. */
  readonly expectedVersion: number
  readonly rows: readonly RowWrite[]
  readonly secrets?: readonly SecretWrite[]
  readonly events: readonly AuditRecord[]
  /** Under which it is made; its one use is taken with it. */
  readonly approval?: { readonly before: Sealed<Approval>; readonly after: Sealed<Approval> } | undefined
}

/** What use cases write through; it adds the manifest. A store alone does not pass for one. */
export interface ConfigWriter {
  /** @throws BrokerError as {@link ConfigStore.write} does */
  readonly write: (change: ConfigWrite) => Promise<void>
}

/** Null where no row is written. */
export interface SealedWrite extends ConfigWrite {
  readonly manifest: Sealed<Manifest> | null
}

export interface ConfigStore {
  /** Everything, as of one version. */
  load(): Promise<StoredConfig>
  /** The version alone. */
  version(): Promise<number>
  /**
   * All or nothing, audit and manifest included.
   * @throws BrokerError `conflict` when the version has moved on, or when a constraint refuses (a cross-environment scope, an anchor taken).
   */
  write(change: SealedWrite): Promise<void>
}

export interface RootSecretStore {
  /** The version in use; undefined where the root has none. */
  current(root: string): Promise<{ readonly version: number; readonly sealed: SealedSecret } | undefined>
  /** A version that a rotation had made durable when it stopped. */
  pending(root: string): Promise<{ readonly version: number; readonly sealed: SealedSecret } | undefined>
  /** The highest version there ever was of what is still stored; 0 where nothing is. */
  lastVersion(root: string): Promise<number>
}
