import { describe, expect, it } from 'vitest'
import { approverExists, hadApprover } from './approver-exists.ts'
import { CONFIG_TABLES, type User } from './config.ts'
import { EMPTY_MANIFEST, type Manifest, nextManifest } from './manifest.ts'
import { type CheckedRows, ConfigSnapshot } from './snapshot.ts'

const mia = { name: 'mia', roles: ['approver'], disabled: false } as unknown as User

const snapshotOf = (user: User, intact: boolean, holders: readonly string[], manifest?: Manifest) => {
  const none = Object.fromEntries(CONFIG_TABLES.map((table) => [table, []]))
  const users = [{ row: user, intact, mac: intact ? 'ours' : undefined }]
  return new ConfigSnapshot(1, { ...none, users } as unknown as CheckedRows, manifest, new Set(holders))
}

describe('I4: protected environments wait for somebody who could approve', () => {
  it.each([
    ['an approver with a passkey', mia, true, ['mia'], true],
    ['an approver without one', mia, true, [], false],
    ['somebody else’s passkey', mia, true, ['noa'], false],
    ['an approver who is disabled', { ...mia, disabled: true }, true, ['mia'], false],
    ['somebody without the role', { ...mia, roles: ['admin' as const] }, true, ['mia'], false],
    ['a user whose row was changed by hand', mia, false, ['mia'], false],
  ])('%s', (_, user, intact, holders, expected) => {
    expect(approverExists(snapshotOf(user, intact, holders))).toBe(expected)
  })
})

describe('I4c: configuration is free only while nobody could ever approve', () => {
  const marked = nextManifest(EMPTY_MANIFEST, [], 2, true)
  it.each([
    ['nobody could yet', [], EMPTY_MANIFEST, false],
    ['somebody can', ['mia'], EMPTY_MANIFEST, true],
    ['somebody could, and has no passkey any more', [], marked, true],
    ['so it stays, whatever is written later', [], nextManifest(marked, [], 3), true],
    ['nobody knows', [], undefined, true],
  ])('%s', (_, holders, manifest, expected) => {
    expect(hadApprover(snapshotOf(mia, true, holders, manifest))).toBe(expected)
  })
})
