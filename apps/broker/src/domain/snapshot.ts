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

/** One stored row and whether its MAC is ours. */
export interface CheckedRow<Row> {
  readonly row: Row
  readonly intact: boolean
}

export type CheckedRows = { readonly [Table in ConfigTable]: readonly CheckedRow<ConfigRows[Table]>[] }

type Index<Row> = ReadonlyMap<string, CheckedRow<Row>>
type Indexes = { readonly [Table in ConfigTable]: Index<ConfigRows[Table]> }

/**
 * All that is configured, as of one version. Whoever decides from it must compare the version with the database's
 * in the statement that acts. A row that does not carry our MAC is visible, to be reported, but never used (I13).
 */
export class ConfigSnapshot {
  readonly version: number
  readonly rows: CheckedRows
  readonly #index: Indexes

  constructor(version: number, rows: CheckedRows) {
    this.version = version
    this.rows = rows
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

  /** @throws BrokerError `tampered` where the row does not carry our MAC; undefined where there is none. */
  find<Table extends ConfigTable>(table: Table, key: string): ConfigRows[Table] | undefined {
    const entry = this.stored(table, key)
    if (!entry) return undefined
    if (!entry.intact)
      throw new BrokerError('tampered', { detail: `A row of ${table} does not carry our seal` })
    return entry.row
  }

  environment = (name: string): Environment | undefined => this.find('environments', name)
  scope = (name: string): Scope | undefined => this.find('scopes', name)
  root = (name: string): Root | undefined => this.find('roots', name)
  agent = (name: string): Agent | undefined => this.find('agents', name)
  user = (name: string): User | undefined => this.find('users', name)

  /** @throws BrokerError `tampered`, also where the row is gone: the first run writes it and nothing of ours removes it. */
  controls(): Controls {
    const controls = this.find('controls', 'controls')
    if (!controls) throw new BrokerError('tampered', { detail: 'The row of controls is gone' })
    return controls
  }

  /** @throws BrokerError `tampered` if any anchor of the environment is not ours. */
  anchorsOf(environment: string): Anchor[] {
    const own = this.rows.anchors.filter(({ row }) => row.environment === environment)
    if (own.some(({ intact }) => !intact)) {
      throw new BrokerError('tampered', { detail: 'A row of anchors does not carry our seal' })
    }
    return own.map(({ row }) => row)
  }

  /** Every anchor, for placing what a vendor says a credential reaches. @throws BrokerError `tampered` if any is not ours. */
  anchors(): Anchor[] {
    if (this.rows.anchors.some(({ intact }) => !intact)) {
      throw new BrokerError('tampered', { detail: 'A row of anchors does not carry our seal' })
    }
    return this.rows.anchors.map(({ row }) => row)
  }

  /** Every policy, provided that none was changed, added or removed behind our back. @throws BrokerError `tampered` */
  policies(digest: (text: string) => string): Policy[] {
    const expected = this.controls().policies
    const stored = this.rows.policies
    const same =
      stored.length === Object.keys(expected).length &&
      stored.every(({ row, intact }) => intact && expected[row.name] === digest(row.text))
    if (!same)
      throw new BrokerError('tampered', { detail: 'The stored policies are not the ones that were applied' })
    return stored.map(({ row }) => row)
  }

  /** Keys of rows that do not carry our MAC. */
  tampered(): { table: ConfigTable; key: string }[] {
    return CONFIG_TABLES.flatMap((table) =>
      (this.rows[table] as readonly CheckedRow<never>[])
        .filter(({ intact }) => !intact)
        .map(({ row }) => ({ table, key: keyOf(table, row) })),
    )
  }
}
