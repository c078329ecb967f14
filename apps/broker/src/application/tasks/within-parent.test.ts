import type { Access } from '@credbroker/core/access'
import { expect, it } from 'vitest'
import type { Scope } from '../../domain/config.ts'
import type { Authority } from '../../domain/narrowing.ts'
import type { ScopeDecision } from './decide-scopes.ts'
import { decideWithin } from './within-parent.ts'

const within = (held: readonly Access[], can: readonly Access[], connector: string | null) => {
  const authority: Authority = {
    environment: 'staging',
    endsAt: 0,
    delegations: 1,
    scopes: new Map([['api', { access: held, endsAt: 0, atMost: {} }]]),
  }
  const decision: ScopeDecision = {
    verdict: 'permit',
    scope: { name: 'api', connector } as Scope,
    access: can,
    policies: [],
  }
  return decideWithin(authority, 'api', () => decision)
}

it('I9: of a gateway scope as much is handed on as there is to hand on', () => {
  expect(within(['read'], ['read', 'write'], 'http')).toMatchObject({
    verdict: 'permit',
    access: ['read'],
    denied: [{ access: 'write', code: 'exceeds_parent', reason: 'The parent task does not hold it' }],
  })
  expect(within(['secret'], ['read', 'write'], 'http')).toMatchObject({
    verdict: 'deny',
    code: 'exceeds_parent',
  })
})

it('I9: a minted scope that can do more is not handed on at all', () => {
  expect(within(['read'], ['read', 'write'], null)).toMatchObject({ verdict: 'deny', code: 'exceeds_parent' })
  expect(within(['read'], ['read'], null)).toMatchObject({ verdict: 'permit', access: ['read'] })
})
