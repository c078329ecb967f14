import { expect, it, vi } from 'vitest'
import type { ConfigTable } from '../../domain/config.ts'
import { EMPTY_MANIFEST, nextManifest } from '../../domain/manifest.ts'
import type { ConfigStore, StoredRow } from '../../ports/config-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import { LiveConfig } from './live-config.ts'

const macs: Macs = { mac: (_, text) => text, matches: (_, text, found) => text === found }
const log = { info: () => {}, warn: () => {}, error: () => {} }
const sealed = (table: ConfigTable, body: object): StoredRow => ({
  table,
  body: body as never,
  mac: JSON.stringify({ fields: body, format: 'row-mac/1', table }),
})

/** A database that holds one policy, and what else it is given. */
function storing(text: string, version: number, ...others: StoredRow[]) {
  const rows = [sealed('policies', { name: 'a', text }), ...others]
  const changes = rows.map(({ table, mac }) => ({ table, key: 'a', mac }))
  const { macs: listed, ...rest } = nextManifest(EMPTY_MANIFEST, changes, version)
  const known = Object.fromEntries(Object.entries(listed).sort(([a], [b]) => (a < b ? -1 : 1)))
  const manifest = { macs: known, name: rest.name, version: rest.version }
  return { version, rows: [...rows, sealed('controls', manifest)], passkeys: [] }
}

it('policies are compiled again when one of them is another one, and only then', async () => {
  let stored = storing('permit', 1)
  const compile = vi.fn((policies: readonly { text: string }[]) => ({
    version: policies[0]?.text ?? '',
    decide: () => policies[0]?.text as never,
  }))
  const store = { load: async () => stored } as unknown as ConfigStore
  const config = new LiveConfig(store, macs, compile, log)
  const decided = async () => (await config.refresh()).decide({} as never)
  expect(await decided()).toBe('permit')
  expect(await decided()).toBe('permit')
  stored = storing('permit', 2, sealed('teams', { name: 'a' }))
  expect(await decided()).toBe('permit')
  expect(compile).toHaveBeenCalledTimes(1)
  stored = storing('forbid', 3)
  expect(await decided()).toBe('forbid')
  expect(compile).toHaveBeenCalledTimes(2)
  const [policy, ...rest] = stored.rows
  stored = { version: 4, passkeys: [], rows: [{ ...(policy as StoredRow), mac: 'by hand' }, ...rest] }
  await expect(decided()).rejects.toMatchObject({ code: 'tampered' })
})
