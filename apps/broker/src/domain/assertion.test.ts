import type { AssertionOrder } from '@credbroker/providers/guard/assertion'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertionClaims, assertionSubject } from './assertion.ts'

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,47}$/)
const who = fc.record({ environment: name, root: name, as: fc.constantFrom('root', 'stranger') })
const NOW = new Date('2026-11-22T12:00:00.700Z')
const order: AssertionOrder = {
  environment: 'staging',
  root: 'aws-staging',
  as: 'root',
  audience: 'sts.amazonaws.com',
  work: { agent: 'fixer', owner: 'mia', task: 'tsk_1', environment: 'staging' },
  claims: { 'https://aws.amazon.com/tags': { principal_tags: {} } },
}

describe('an assertion', () => {
  it('says who asks, whom for, and for how long: two minutes', () => {
    expect(assertionClaims('https://broker.example', order, 'j1', NOW)).toEqual({
      iss: 'https://broker.example/issuers/staging',
      sub: 'env:staging:root:aws-staging',
      aud: 'sts.amazonaws.com',
      jti: 'j1',
      iat: 1_795_348_800,
      nbf: 1_795_348_800,
      exp: 1_795_348_920,
      environment: 'staging',
      agent: 'fixer',
      owner: 'mia',
      task: 'tsk_1',
      'https://aws.amazon.com/tags': { principal_tags: {} },
    })
  })

  it('I2 two different roots never have one subject, nor does a stranger have one of theirs', () => {
    fc.assert(
      fc.property(who, who, (a, b) => {
        const stranger = a.as === 'stranger' && b.as === 'stranger'
        const same = a.environment === b.environment && a.as === b.as && (stranger || a.root === b.root)
        expect(assertionSubject(a) === assertionSubject(b)).toBe(same)
      }),
    )
  })

  it('a vendor’s own claims never replace one of ours', () => {
    const ours = ['iss', 'sub', 'aud', 'jti', 'iat', 'nbf', 'exp', 'environment', 'agent', 'owner', 'task']
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...ours), fc.string()), (claims) => {
        const honest = assertionClaims('https://b', { ...order, claims: {} }, 'j', NOW)
        expect(assertionClaims('https://b', { ...order, claims }, 'j', NOW)).toEqual(honest)
      }),
    )
  })
})
