import { BrokerError } from '@credbroker/core/errors'
import {
  type Agent,
  type Anchor,
  CONFIG_TABLES,
  type ConfigRows,
  type ConfigTable,
  type Controls,
  type Environment,
  keyOf,
  type Policy,
  type Root,
  type Scope,
  type User,
} from './config.ts'
import { type Manifest, manifestMac } from './manifest.ts'

/** One stored row and whether it counts. */
export interface CheckedRow<Row> {
  readonly row: Row
  /** It carries our MAC, and the manifest names that MAC: it is what was written last. */
  readonly intact: boolean
  /** Its MAC where that is ours, whatever the manifest says. */
  readonly mac: string | undefined
}

export type CheckedRows = { readonly [Table in ConfigTable]: readonly CheckedRow<ConfigRows[Table]>[] }

type Index<Row> = ReadonlyMap<string, CheckedRow<Row>>
type Indexes = { readonly [Table in ConfigTable]: Index<ConfigRows[Table]> }

/**
 * All that is configured, as of one version. Whoever decides from it must compare the version with the database's
 * in the statement that acts. A row that is not what we wrote last is visible, to be reported, but never used, and one
 * that is gone is missed (I13).
 */
export class ConfigSnapshot {
  readonly version: number
  readonly rows: CheckedRows
  /** Undefined where it is not ours or older than one seen before; then no row is intact. */
  readonly manifest: Manifest | undefined
  /** Users who have a passkey that carries our MAC. */
  readonly passkeyHolders: ReadonlySet<string>
  readonly #index: Indexes
  readonly #anchors = new Map<string, readonly Anchor[]>()

  constructor(
    version: number,
    rows: CheckedRows,
    manifest: Manifest | undefined,
    passkeyHolders: ReadonlySet<string> = new Set(),
  ) {
    this.version = version
    this.passkeyHolders = passkeyHolders
    this.rows = rows
    this.manifest = manifest
    const index = {} as Record<ConfigTable, Index<never>>
    for (const table of CONFIG_TABLES) {
      const entries = rows[table] as readonly CheckedRow<never>[]
      index[table] = new Map(entries.map((entry) => [keyOf(table, entry.row), entry]))
    }
    this.#index = index as unknown as Indexes
  }

  /** Whatever is stored under this key, trusted or not: for showing, never for deciding. */
  stored<Table extends ConfigTable>(table: Table, key: string): CheckedRow<ConfigRows[Table]> | undefined {
    return (this.#index[table] as unknown as Index<ConfigRows[Table]>).get(key)
  }

  /** @throws BrokerError `tampered` where the row is not what we wrote last, or is gone; undefined where there is none. */
  find<Table extends ConfigTable>(table: Table, key: string): ConfigRows[Table] | undefined {
    const entry = this.stored(table, key)
    if (!this.manifest) throw tampered(NO_MANIFEST)
    if (entry && !entry.intact) throw tampered(`A row of ${table} is not the one that was written last`)
    if (!entry && manifestMac(this.manifest, table, key) !== undefined)
      throw tampered(`A row of ${table} is gone`)
    return entry?.row
  }

  environment = (name: string): Environment | undefined => this.find('environments', name)
  scope = (name: string): Scope | undefined => this.find('scopes', name)
  root = (name: string): Root | undefined => this.find('roots', name)
  agent = (name: string): Agent | undefined => this.find('agents', name)
  user = (name: string): User | undefined => this.find('users', name)

  /** @throws BrokerError `tampered`, also where the row is gone: the first run writes it and nothing of ours removes it. */
  controls(): Controls {
    const controls = this.find('controls', 'controls')
    if (!controls) throw tampered('The row of controls is gone')
    return controls
  }

  /** @throws BrokerError `tampered` if any anchor of the environment is not what we wrote last, or is gone. */
  anchorsOf(environment: string): readonly Anchor[] {
    const known = this.#anchors.get(environment)
    if (known) return known
    const own = this.#all('anchors', (key) => key.endsWith(`@${environment}`))
    this.#anchors.set(environment, own)
    return own
  }

  /** Every anchor, for placing what a vendor says a credential reaches. @throws BrokerError `tampered` as {@link anchorsOf} does. */
  anchors = (): Anchor[] => this.#all('anchors')

  /** Every policy. @throws BrokerError `tampered` where one was changed, added or removed behind our back. */
  policies = (): Policy[] => this.#all('policies')

  #all<Table extends 'anchors' | 'policies'>(
    table: Table,
    belongs: (key: string) => boolean = () => true,
  ): ConfigRows[Table][] {
    if (!this.manifest) throw tampered(NO_MANIFEST)
    const keys = [...this.#index[table].keys(), ...Object.keys(this.manifest.macs[table] ?? {})]
    const rows = [...new Set(keys)].filter(belongs).map((key) => this.find(table, key))
    return rows.filter((row) => row !== undefined)
  }

  /** Keys of rows that are not what we wrote last, and of those that are gone. */
  tampered(): { table: ConfigTable; key: string; gone: boolean }[] {
    return CONFIG_TABLES.flatMap((table) => {
      const index = this.#index[table] as ReadonlyMap<string, CheckedRow<unknown>>
      const gone = Object.keys(this.manifest?.macs[table] ?? {}).filter((key) => !index.has(key))
      const changed = [...index].flatMap(([key, { intact }]) => (intact ? [] : [key]))
      return [
        ...changed.map((key) => ({ table, key, gone: false })),
        ...gone.map((key) => ({ table, key, gone: true })),
      ]
    })
  }
}

const NO_MANIFEST =
  'The manifest of the configuration is not ours, or older than one seen before; a broker that is restarted takes it up frozen'

const tampered = (detail: string): BrokerError => new BrokerError('tampered', { detail })
