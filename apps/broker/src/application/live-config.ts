import { createHash } from 'node:crypto'
import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { Decision } from '@credbroker/policy/decision'
import type { PolicyRequest } from '@credbroker/policy/request'
import { CONFIG_TABLES, type ConfigTable } from '../domain/config.ts'
import { macInput } from '../domain/row-mac.ts'
import { type CheckedRows, ConfigSnapshot } from '../domain/snapshot.ts'
import type { ConfigStore, StoredConfig } from '../ports/config-store.ts'
import type { Macs } from '../ports/keyring.ts'

/** One version of the configuration, ready to decide with. */
export interface Config {
  readonly snapshot: ConfigSnapshot
  /** @throws BrokerError `tampered` where the stored policies are not the ones applied. */
  readonly decide: (request: PolicyRequest) => Decision
}

export type CompileDecider = (
  policies: readonly { readonly name: string; readonly text: string }[],
) => (request: PolicyRequest) => Decision

export const policyDigest = (text: string): string => createHash('sha256').update(text).digest('base64url')

/**
 * The configuration as this replica last read it. It is a cache and nothing more: every statement that acts compares
 * the version, and `stale` sends the use case back here. What a notification says only makes the next use faster.
 */
export class LiveConfig {
  readonly #store: ConfigStore
  readonly #macs: Macs
  readonly #compile: CompileDecider
  #loaded: Config | undefined
  #loading: Promise<Config> | undefined

  constructor(store: ConfigStore, macs: Macs, compile: CompileDecider) {
    this.#store = store
    this.#macs = macs
    this.#compile = compile
  }

  async current(): Promise<Config> {
    return this.#loaded ?? (await this.refresh())
  }

  /** At least this version. */
  async atLeast(version: number): Promise<Config> {
    const config = await this.current()
    return config.snapshot.version >= version ? config : await this.refresh()
  }

  /** As stored now: for what no statement of a change compares with the stored version. */
  async newest(): Promise<Config> {
    return await this.atLeast(await this.#store.version())
  }

  /** Reads again. Concurrent callers share one read that started after each of them asked. */
  async refresh(): Promise<Config> {
    const running = this.#loading
    if (running) await running.catch(() => undefined)
    if (this.#loading && this.#loading !== running) return await this.#loading
    this.#loading = this.#read().finally(() => {
      this.#loading = undefined
    })
    return await this.#loading
  }

  async #read(): Promise<Config> {
    const stored = await this.#store.load()
    // I13: versions only grow. A smaller one is an older database put back under a running broker.
    if (stored.version < (this.#loaded?.snapshot.version ?? 0))
      throw new BrokerError('tampered', { detail: 'The stored configuration is older than one seen before' })
    const snapshot = new ConfigSnapshot(stored.version, this.#check(stored))
    const config = { snapshot, decide: this.#decider(snapshot) }
    this.#loaded = config
    return config
  }

  #check(stored: StoredConfig): CheckedRows {
    const rows = Object.fromEntries(CONFIG_TABLES.map((table) => [table, []])) as unknown as Record<
      ConfigTable,
      { row: unknown; intact: boolean }[]
    >
    for (const { table, body, mac } of stored.rows) {
      const intact = this.#isOurs(table, body, mac)
      rows[table].push({ row: body, intact })
    }
    return rows as unknown as CheckedRows
  }

  /** What cannot even be put into a MAC, a number beyond all numbers, was not written by us. */
  #isOurs(table: ConfigTable, body: Json, mac: string): boolean {
    try {
      return this.#macs.matches('row', macInput(table, body as Record<string, Json>), mac)
    } catch {
      return false
    }
  }

  #decider(snapshot: ConfigSnapshot): Config['decide'] {
    try {
      return this.#compile(snapshot.policies(policyDigest))
    } catch (error) {
      return () => {
        throw error
      }
    }
  }
}
