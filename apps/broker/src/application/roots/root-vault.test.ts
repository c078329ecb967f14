import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { expect, it, vi } from 'vitest'
import type { Sealed, Sealer } from '../../ports/keyring.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { RootVault } from './root-vault.ts'

const sealed = (text: string) => text as Sealed
const version = (of: number | undefined) =>
  of === undefined ? undefined : { version: of, sealed: sealed(`v${of}`) }

const root = { name: 'db', provider: 'p', version: 1 }
/** As written last, put back from when its version was `was`, or changed by hand. */
type Row = 'intact' | 'changed' | { readonly was: number }

function snapshotOf(row: Row) {
  const stored = typeof row === 'object' ? { ...root, version: row.was } : root
  return {
    stored: () => ({ row: stored, intact: row === 'intact', mac: row === 'changed' ? undefined : 'mac' }),
    root: () => {
      if (row !== 'intact') throw new BrokerError('tampered')
      return root
    },
  }
}

/** A root whose credential is at version 1; `next`: the version that a stopped rotation left. */
function vault(next: number | undefined, row: Row = 'intact'): RootVault {
  const sealer = { open: (text: string) => new Secret(text) } as unknown as Sealer
  const config = { snapshot: snapshotOf(row) }
  const live = { current: async () => config, refresh: async () => config } as unknown as LiveConfig
  const secrets = {
    current: async () => version(1),
    pending: async () => version(next),
    lastVersion: async () => next ?? 1,
  }
  return new RootVault(secrets, sealer, live)
}
/** A vendor that lets nobody in but the holder of this credential. */
const vendor = (holds: string, otherwise: ErrorCode = 'vendor_refused') =>
  vi.fn(async (root: Secret) => {
    if (root.expose() !== holds) throw new BrokerError(otherwise)
    return root.expose()
  })

it('the vendor is asked with the credential in use', async () => {
  expect(await vault(2).useToEnd('db', vendor('v1'))).toBe('v1')
})

it('where that is refused, with the one that a stopped rotation was about to put in its place (I7)', async () => {
  expect(await vault(2).useToEnd('db', vendor('v2'))).toBe('v2')
})

it.each([
  ['no rotation is under way', undefined, 'vendor_refused'],
  ['what is left is of an older rotation', 1, 'vendor_refused'],
  ['the vendor is away, and nobody knows what it holds', 2, 'vendor_unavailable'],
] as const)('once only where %s', async (_, next, code) => {
  const call = vendor('v9', code)
  await expect(vault(next).useToEnd('db', call)).rejects.toMatchObject({ code })
  expect(call).toHaveBeenCalledTimes(1)
})

it.each([{ was: 1 }, { was: 0 }])(
  'a row that was sealed once is enough to end things, and for nothing else: %j (I7, I13)',
  async (row) => {
    expect(await vault(undefined, row).useToEnd('db', vendor('v1'))).toBe('v1')
    expect(await vault(2, row).useToEnd('db', vendor('v2'))).toBe('v2')
    await expect(vault(undefined, row).open('db')).rejects.toMatchObject({ code: 'tampered' })
  },
)

it.each(['changed', { was: 2 }] as const)(
  'a row that was never ours, or an older credential than its row names, asks no vendor: %j (I13)',
  async (row) => {
    const call = vendor('v1')
    await expect(vault(undefined, row).useToEnd('db', call)).rejects.toMatchObject({ code: 'tampered' })
    expect(call).not.toHaveBeenCalled()
  },
)
