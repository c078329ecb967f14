import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { expect, it, vi } from 'vitest'
import type { Sealed, Sealer } from '../ports/keyring.ts'
import type { LiveConfig } from './live-config.ts'
import { RootVault } from './root-vault.ts'

const sealed = (text: string) => text as Sealed
const version = (of: number | undefined) =>
  of === undefined ? undefined : { version: of, sealed: sealed(`v${of}`) }

/** A root at version 1; `next`: the version that a stopped rotation left. */
function vault(next: number | undefined): RootVault {
  const sealer = { open: (text: string) => new Secret(text) } as unknown as Sealer
  const config = { snapshot: { root: () => ({ name: 'db', provider: 'p', version: 1 }) } }
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
  expect(await vault(2).use('db', vendor('v1'))).toBe('v1')
})

it('where that is refused, with the one that a stopped rotation was about to put in its place (I7)', async () => {
  expect(await vault(2).use('db', vendor('v2'))).toBe('v2')
})

it.each([
  ['no rotation is under way', undefined, 'vendor_refused'],
  ['what is left is of an older rotation', 1, 'vendor_refused'],
  ['the vendor is away, and nobody knows what it holds', 2, 'vendor_unavailable'],
] as const)('once only where %s', async (_, next, code) => {
  const call = vendor('v9', code)
  await expect(vault(next).use('db', call)).rejects.toMatchObject({ code })
  expect(call).toHaveBeenCalledTimes(1)
})
