import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLoopback } from './settings.ts'
import { parseGroups, ssoProblems } from './sso-settings.ts'

const whole = {
  BROKER_SSO_ISSUER: 'https://idp.example.com',
  BROKER_SSO_CLIENT_ID: 'credbroker',
  BROKER_SSO_CLIENT_SECRET_FILE: '/run/secret',
  BROKER_SSO_GROUPS: 'platform-admins=admin+operator, All Staff=viewer',
  BROKER_SSO_SCOPES: 'openid profile',
  BROKER_SSO_GROUPS_CLAIM: 'groups',
}
const places = (settings: Partial<typeof whole>) =>
  ssoProblems({ ...whole, ...settings } as typeof whole, isLoopback).map(({ at }) => at)

describe('the settings of single sign-on', () => {
  it('are all there or none of them', () => {
    expect(places({})).toEqual([])
    const none = Object.fromEntries(Object.keys(whole).map((name) => [name, undefined]))
    expect(places(none)).toEqual([])
    expect(places({ ...none, BROKER_SSO_ISSUER: 'https://idp.example.com' })).toEqual([
      'BROKER_SSO_CLIENT_ID',
      'BROKER_SSO_CLIENT_SECRET_FILE',
      'BROKER_SSO_GROUPS',
    ])
  })

  it('say everything that is wrong at once', () => {
    const wrong = { BROKER_SSO_ISSUER: 'http://idp.example.com', BROKER_SSO_GROUPS: 'staff=owner' }
    expect(places(wrong)).toEqual(['BROKER_SSO_ISSUER', 'BROKER_SSO_GROUPS'])
    expect(places({ BROKER_SSO_ISSUER: 'http://127.0.0.1:9000' })).toEqual([])
  })

  it('map a group to roles that there are, and nothing else', () => {
    expect(parseGroups(whole.BROKER_SSO_GROUPS)).toEqual(
      new Map([
        ['platform-admins', ['admin', 'operator']],
        ['All Staff', ['viewer']],
      ]),
    )
    for (const text of [
      '',
      'a',
      'a=',
      '=viewer',
      'a=viewer+',
      'a=viewer,a=admin',
      'a=viewer;b=admin',
      'a=Admin',
    ])
      expect(parseGroups(text), text).toBeUndefined()
  })

  it('never yield a role that is none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const roles = [...(parseGroups(text)?.values() ?? [])].flat()
        expect(['viewer', 'operator', 'approver', 'admin']).toEqual(expect.arrayContaining(roles))
      }),
    )
  })
})
