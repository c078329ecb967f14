import { describe, expect, it } from 'vitest'
import { EVERYTHING, request, source } from '../test/requests.ts'
import { compilePolicies } from './compile.ts'
import { explain } from './explain.ts'

const set = compilePolicies([
  source(
    '@id("payments-read") permit(principal in Team::"payments", action == Action::"read", resource) when { context.ttlSeconds <= 900 };',
    '@id("payments-delete") permit(principal in Team::"payments", action in Action::"delete", resource);',
    '@id("data") permit(principal in Team::"data", action, resource);',
  ),
])

describe('an explanation', () => {
  it('names the permit and where it stands', () => {
    expect(explain(set, request())).toMatchObject({
      permits: [{ id: 'payments-read', at: 'test.cedar:1' }],
      forbids: [],
      lines: ['Permitted.', 'Permitted by payments-read (test.cedar:1).'],
    })
  })

  it('names the permit that was overruled, by what, and the approval that is missing', () => {
    const { permits, forbids, missing, lines } = explain(set, request({ action: 'delete' }))
    expect({ permits, forbids, missing }).toMatchObject({
      permits: [{ id: 'payments-delete' }],
      forbids: [{ id: 'guardrail:danger-needs-a-person', approval: 'passkey' }],
      missing: 'passkey',
    })
    expect(lines[0]).toBe('Denied until approved (passkey).')
    expect(lines.at(-1)).toMatch(/unless a person approves\.$/)
  })

  it('names the permit whose conditions do not hold, and none that is for somebody else', () => {
    const { nearMisses, decision } = explain(set, request({ ttlSeconds: 901 }))
    expect(decision.verdict).toBe('deny')
    expect(nearMisses.map(({ id }) => id)).toEqual(['payments-read'])
  })

  it('says what is wrong with a request that cannot be decided', () => {
    const { permits, lines } = explain(
      compilePolicies([source(EVERYTHING)]),
      request({ action: 'railway:gone' }),
    )
    expect(permits).toEqual([])
    expect(lines).toEqual([
      'Denied.',
      'guardrail:known-requests: The request cannot be decided: the action is not known.',
    ])
  })
})
