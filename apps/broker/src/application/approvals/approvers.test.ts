import { describe, expect, it } from 'vitest'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Passkey } from '../../ports/people.ts'
import { seal } from '../people/sealed-row.ts'
import { approversOf, nobodyYet } from './approvers.ts'

const macs: Macs = {
  mac: (_, text) => `mac of ${text}`,
  matches: (_, text, found) => found === `mac of ${text}`,
}
const key = { ...seal(macs, 'passkeys', { id: 'psk', user: 'noa' } as Passkey), usedAt: null }

function free(
  keys: readonly (typeof key)[],
  { intact = true, roles = ['approver'], gone = false, manifest = {} as object | null } = {},
) {
  const snapshot = {
    manifest,
    passkeyHolders: new Set(),
    rows: { users: gone ? [] : [{ row: { name: 'noa', disabled: false, roles }, intact }] },
    tampered: () => (intact && !gone ? [] : [{ table: 'users', key: 'noa', gone }]),
  } as unknown as ConfigSnapshot
  const deps = { macs, passkeys: { list: async () => [...keys] } }
  return approversOf(deps, snapshot).then((approvers) => nobodyYet(deps, snapshot, approvers))
}

describe('configuration is free before anybody can approve (I4c)', () => {
  it('and not after', async () => {
    expect(await free([])).toBe(true)
    expect(await free([key], { roles: ['viewer'] })).toBe(true)
    expect(await free([], { intact: false })).toBe(true)
    expect(await free([key])).toBe(false)
  })

  it('nor after whoever could is gone: the manifest says so, or is none of ours (I13)', async () => {
    const nobody = expect.objectContaining({
      code: 'protected_without_approver',
      message: expect.stringContaining('--offline'),
    })
    await expect(free([], { manifest: { hadApprover: true } })).rejects.toEqual(nobody)
    await expect(free([key], { roles: ['viewer'], manifest: { hadApprover: true } })).rejects.toEqual(nobody)
    await expect(free([], { manifest: null })).rejects.toEqual(nobody)
    expect(await free([key], { manifest: { hadApprover: true } })).toBe(false)
  })

  it('whoever changes an approver’s rows by hand does not make it free again (I13)', async () => {
    const tampered = expect.objectContaining({ code: 'tampered' })
    await expect(free([{ ...key, mac: 'by hand' }])).rejects.toEqual(tampered)
    await expect(free([key], { intact: false })).rejects.toEqual(tampered)
    await expect(free([key], { gone: true })).rejects.toEqual(tampered)
  })
})
