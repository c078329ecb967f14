import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import type { Decision } from '@credbroker/policy/decision'
import type { PolicyRequest } from '@credbroker/policy/request'
import type { WhoCan } from '@credbroker/policy/who-can'
import { CONFIG_TABLES, type ConfigTable, keyOf } from '../../domain/config.ts'
import { EMPTY_MANIFEST, MANIFEST, type Manifest, manifestMac } from '../../domain/manifest.ts'
import { macInput } from '../../domain/row-mac.ts'
import { type CheckedRow, type CheckedRows, ConfigSnapshot } from '../../domain/snapshot.ts'
import type { ConfigStore, StoredConfig, StoredRow } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Log } from '../../ports/log.ts'
import { isIntact } from '../people/sealed-row.ts'

/** One version of the configuration, ready to decide with. */
export interface Config {
  readonly snapshot: ConfigSnapshot
  /** @throws BrokerError `tampered` where the stored policies are not the ones applied. */
  readonly decide: (request: PolicyRequest) => Decision
  /** Digest of everything that can change an answer of `decide`; empty where there is none. */
  readonly policyVersion: string
  /** The same policies, for reports. */
  readonly whoCan?: WhoCan | undefined
}

export type CompileDecider = (policies: readonly { readonly name: string; readonly text: string }[]) => {
  readonly version: string
  decide(request: PolicyRequest): Decision
  readonly whoCan?: WhoCan
}

/**
 * The configuration as this replica last read it. It is a cache and nothing more: every statement that acts compares
 * the version, and `stale` sends the use case back here. What a notification says only makes the next use faster.
 */
export class LiveConfig {
  readonly #store: ConfigStore
  readonly #macs: Macs
  readonly #compile: CompileDecider
  readonly #log: Log
  #loaded: Config | undefined
  #loading: Promise<Config> | undefined
  /** Most changes leave policies as they are, and what was decided by them. */
  #compiled: { readonly texts: string; readonly by: ReturnType<CompileDecider> } | undefined
  /** The newest manifest seen here, and its MAC. */
  #seen = { version: 0, mac: '' }

  constructor(store: ConfigStore, macs: Macs, compile: CompileDecider, log: Log) {
    this.#store = store
    this.#macs = macs
    this.#compile = compile
    this.#log = log
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

  /** A manifest below this version is an older one put back, whatever this replica has read (I13). */
  expectManifest(version: number): void {
    if (version <= this.#seen.version) return
    this.#seen = { version, mac: '' }
    this.#loaded = undefined
  }

  /** A new manifest has to be newer than this. */
  get manifestSeen(): number {
    return this.#seen.version
  }

  async #read(): Promise<Config> {
    const stored = await this.#store.load()
    // I13: versions only grow. A smaller one is an older database put back under a running broker.
    if (stored.version < (this.#loaded?.snapshot.version ?? 0))
      throw new BrokerError('tampered', { detail: 'The stored configuration is older than one seen before' })
    const manifest = this.#manifest(stored)
    const passkeys = stored.passkeys.filter((row) => isIntact(this.#macs, 'passkeys', row))
    const holders = new Set(passkeys.map(({ body }) => body.user))
    const snapshot = new ConfigSnapshot(stored.version, this.#check(stored, manifest), manifest, holders)
    if (snapshot.version !== this.#loaded?.snapshot.version) this.#report(snapshot)
    const config = { snapshot, ...this.#decider(snapshot) }
    this.#loaded = config
    return config
  }

  /** Undefined where the stored one is not ours, is gone, or is older than one seen before. */
  #manifest({ rows }: StoredConfig): Manifest | undefined {
    const row = rows.find(isManifest)
    if (!row) return rows.length === 0 && this.#seen.version === 0 ? EMPTY_MANIFEST : undefined
    if (!this.#isOurs(row)) return undefined
    const manifest = row.body as unknown as Manifest
    const { version, mac } = this.#seen
    if (manifest.version < version || (manifest.version === version && mac !== '' && mac !== row.mac))
      return undefined
    this.#seen = { version: manifest.version, mac: row.mac }
    return manifest
  }

  #check({ rows: stored }: StoredConfig, manifest: Manifest | undefined): CheckedRows {
    const rows = Object.fromEntries(CONFIG_TABLES.map((table) => [table, []])) as unknown as Record<
      ConfigTable,
      CheckedRow<unknown>[]
    >
    for (const entry of stored) {
      if (isManifest(entry)) continue
      const { table, body } = entry
      const mac = this.#isOurs(entry) ? entry.mac : undefined
      const intact =
        mac !== undefined &&
        manifest !== undefined &&
        manifestMac(manifest, table, keyOf(table, body as never)) === mac
      rows[table].push({ row: body, intact, mac })
    }
    return rows as unknown as CheckedRows
  }

  /** Agents are only told that something is; whoever runs the broker has to know what. */
  #report(snapshot: ConfigSnapshot): void {
    if (!snapshot.manifest) {
      this.#log.error({}, 'the manifest of the configuration is not ours, or an older one: no row counts')
      return
    }
    for (const { table, key: row, gone } of snapshot.tampered())
      this.#log.error({ table, row, gone }, 'a row is not the one that was written last and will not be used')
  }

  /** What cannot even be put into a MAC, a number beyond all numbers, was not written by us. */
  #isOurs({ table, body, mac }: StoredRow): boolean {
    try {
      return this.#macs.matches('row', macInput(table, body as Record<string, Json>), mac)
    } catch {
      return false
    }
  }

  #decider(snapshot: ConfigSnapshot): Omit<Config, 'snapshot'> {
    try {
      const policies = snapshot.policies()
      const texts = JSON.stringify(policies.map(({ name, text }) => [name, text]))
      if (this.#compiled?.texts !== texts) this.#compiled = { texts, by: this.#compile(policies) }
      const { by } = this.#compiled
      return { decide: (request) => by.decide(request), policyVersion: by.version, whoCan: by.whoCan }
    } catch (error) {
      const decide = () => {
        throw error
      }
      return { decide, policyVersion: '' }
    }
  }
}

/** It lies beside the row of controls, so that a change of it by hand raises the version like any other. */
const isManifest = ({ table, body }: StoredRow): boolean =>
  table === 'controls' && (body as { name?: unknown }).name === MANIFEST
