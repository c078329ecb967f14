import { name } from '@credbroker/core/names'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameFor, rolesOf } from './sign-in-sso.ts'

describe('whoever comes by single sign-on', () => {
  it('gets a name that a user can have, whatever the provider calls them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string(), (username, subject) => {
        expect(name.safeParse(nameFor({ issuer: 'https://idp', subject, username })).success).toBe(true)
      }),
    )
  })

  it('is called alike at every visit, and unlike anybody else of that name', () => {
    const mia = { issuer: 'https://idp', subject: '1', username: 'Mia@example.com' }
    expect(nameFor(mia)).toBe(nameFor({ ...mia }))
    expect(nameFor(mia)).toMatch(/^mia-[0-9a-f]{8}$/)
    expect(nameFor({ ...mia, subject: '2' })).not.toBe(nameFor(mia))
    expect(nameFor({ ...mia, issuer: 'https://other' })).not.toBe(nameFor(mia))
    expect(nameFor({ ...mia, username: '' })).toMatch(/^sso-[0-9a-f]{8}$/)
  })

  it('may what their groups may together, and nothing for groups that nobody named', () => {
    const groups = new Map([
      ['a', ['operator', 'viewer'] as const],
      ['b', ['admin', 'viewer'] as const],
    ])
    expect(rolesOf(groups, ['a', 'b', 'A', '__proto__'])).toEqual(['viewer', 'operator', 'admin'])
    expect(rolesOf(groups, ['c'])).toEqual([])
    expect(rolesOf(groups, [])).toEqual([])
  })
})
