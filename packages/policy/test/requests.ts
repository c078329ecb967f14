import type { PolicyRequest } from '../src/request.ts'
import { policyCase, requestOf } from '../src/test-cases.ts'

/** A harmless request: `fixer` of team `payments`, owned by `ana`, reads `orders` in standard `staging`. */
export const request = (change: Partial<PolicyRequest> = {}): PolicyRequest => ({
  ...requestOf(
    policyCase.parse({
      agent: 'fixer',
      owner: 'ana',
      teams: ['payments'],
      scope: 'orders',
      environment: 'staging',
      tier: 'standard',
      access: 'read',
    }),
  ),
  ...change,
})

export const source = (...policies: string[]) => ({ name: 'test.cedar', text: policies.join('\n') })

export const EVERYTHING = '@id("everything") permit(principal, action, resource);'
