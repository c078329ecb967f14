import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OPERATIONS, policies, requests } from '../test/arbitraries.ts'
import { EVERYTHING, request, source } from '../test/requests.ts'
import { compilePolicies } from './compile.ts'
import { decide } from './decide.ts'
import { BUILT_IN } from './decision.ts'
import { explain } from './explain.ts'
import type { PolicyRequest } from './request.ts'
import { createDecider } from './reuse.ts'
import { type CaseFile, runCases } from './test-cases.ts'

const NEVER = '@id("never") forbid(principal, action, resource);'
const ASK_FIRST =
  '@id("ask-first") @approval("two-person") forbid(principal, action == Action::"write", resource) unless { context has approval && context.approval.level == Approval::"two-person" };'
const BROKEN =
  '@id("broken") permit(principal, action, resource) when { context.ttlSeconds * 9223372036854775807 > 0 };'

const base = { agent: 'fixer', scope: 'orders', environment: 'staging', tier: 'standard', breakGlass: true }
const byGlass = { decidedBy: BUILT_IN.breakGlass }

/** Each with the policies of the operator that it is asked under. */
const CASES: readonly (readonly [string, CaseFile['expect'], string, object])[] = [
  ['what no permit grants is permitted', 'PERMIT', '', { access: 'write', ...byGlass }],
  ['in a protected environment too', 'PERMIT', '', { access: 'write', tier: 'protected', ...byGlass }],
  ['an operator’s own forbid gives way', 'PERMIT', EVERYTHING + NEVER, { access: 'read', ...byGlass }],
  ['at use as at the grant', 'PERMIT', NEVER, { access: 'read', phase: 'mint', ...byGlass }],
  [
    'what policy permits anyway is not done under it',
    'PERMIT',
    EVERYTHING,
    { access: 'read', decidedBy: 'everything' },
  ],
  ['a person has approved what is dangerous', 'PERMIT', '', { access: 'delete', approval: 'passkey' }],
  ['without it nothing changes', 'DENY', NEVER, { access: 'read', breakGlass: false, decidedBy: 'never' }],
  ['danger still needs a person (I4)', 'DENY', '', { access: 'delete', needs: 'passkey' }],
  [
    'danger still needs a person where a forbid gave way (I4)',
    'DENY',
    NEVER,
    { access: 'admin', needs: 'passkey' },
  ],
  [
    'a forbid that a person can lift is asked of that person',
    'DENY',
    ASK_FIRST,
    { access: 'write', needs: 'two-person' },
  ],
  [
    'another environment stays out of reach (I2)',
    'DENY',
    EVERYTHING,
    { access: 'read', task: { environment: 'production' }, decidedBy: 'guardrail:environment-holds' },
  ],
  [
    'a call that leaves the environment stays denied (I2)',
    'DENY',
    EVERYTHING,
    {
      access: 'read',
      phase: 'call',
      facts: { environments: ['staging', 'production'] },
      decidedBy: 'guardrail:call-stays-in-its-environment',
    },
  ],
  [
    'one side at a time (I5)',
    'DENY',
    EVERYTHING,
    { access: 'write', side: 'both', decidedBy: 'guardrail:one-side-at-a-time' },
  ],
  [
    'a protected environment without an approver gives nothing out (I4c)',
    'DENY',
    '',
    {
      access: 'read',
      tier: 'protected',
      phase: 'mint',
      approverExists: false,
      decidedBy: 'guardrail:protected-needs-an-approver',
    },
  ],
  [
    'a policy that errs denies (I10)',
    'DENY',
    BROKEN,
    { access: 'read', decidedBy: [BUILT_IN.errorsDeny, 'broken'] },
  ],
  ['what nobody knows is denied (I10)', 'DENY', '', { operation: 'x:y', decidedBy: BUILT_IN.knownRequests }],
]

describe('where the glass is broken', () => {
  it.each(CASES)('%s: %s', (_name, expected, text, change) => {
    const set = compilePolicies([source(text)])
    const [result] = runCases(set, [{ expect: expected, file: 'case', content: { ...base, ...change } }])
    expect(result?.message).toBeUndefined()
  })

  it('whatever it permits, the guardrails permit as well to somebody who may do everything (I2, I4, I5)', () => {
    const permissive = compilePolicies([source(EVERYTHING)], OPERATIONS)
    let relaxed = 0
    fc.assert(
      fc.property(policies, fc.array(requests, { minLength: 1, maxLength: 12 }), (texts, asked) => {
        const set = compilePolicies([source(...texts)], OPERATIONS)
        for (const one of asked) {
          const under = decide(set, { ...one, breakGlass: true })
          const without = decide(set, { ...one, breakGlass: false })
          if (without.verdict !== 'deny') expect(under).toEqual(without)
          if (under.verdict === 'deny' || without.verdict !== 'deny') continue
          relaxed++
          expect(under.policies).toContain(BUILT_IN.breakGlass)
          const allowed = decide(permissive, one).verdict
          expect([allowed, under.verdict]).not.toEqual(['approval', 'permit'])
          expect(allowed).not.toBe('deny')
        }
      }),
      { numRuns: 60 },
    )
    expect(relaxed).toBeGreaterThan(0)
  })

  it('an answer is not reused for a request under it, nor the other way round', () => {
    const { decide: reused } = createDecider(compilePolicies([source(NEVER)]))
    for (const breakGlass of [false, true, undefined, true])
      expect(reused(request({ breakGlass })).verdict).toBe(breakGlass ? 'permit' : 'deny')
  })

  it('a value that is neither true nor false decides nothing (I10)', () => {
    const asked = { ...request(), breakGlass: 'yes' } as unknown as PolicyRequest
    expect(decide(compilePolicies([source(EVERYTHING)]), asked)).toMatchObject({
      verdict: 'deny',
      policies: [BUILT_IN.knownRequests],
    })
  })

  it('an explanation names it', () => {
    const set = compilePolicies([source(NEVER)])
    expect(explain(set, request({ breakGlass: true })).lines[0]).toBe('Permitted under break-glass.')
    expect(explain(set, request({ breakGlass: true, action: 'delete' })).lines[0]).toBe(
      'Denied under break-glass until approved (passkey).',
    )
  })
})
