import { describe, expect, it } from 'vitest'
import { approverExists } from './approver-exists.ts'
import { CONFIG_TABLES, type User } from './config.ts'
import { type CheckedRows, ConfigSnapshot } from './snapshot.ts'

const mia = { name: 'mia', roles: ['approver'], disabled: false } as unknown as User

const snapshotOf = (user: User, intact: boolean, holders: readonly string[]) => {
  const none = Object.fromEntries(CONFIG_TABLES.map((table) => [table, []]))
  const users = [{ row: user, intact, mac: intact ? 'ours' : undefined }]
  return new ConfigSnapshot(1, { ...none, users } as unknown as CheckedRows, undefined, new Set(holders))
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
