import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OPERATIONS, policies, requests } from '../test/arbitraries.ts'
import { EVERYTHING, request, source } from '../test/requests.ts'
import { compilePolicies } from './compile.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import type { PolicyRequest } from './request.ts'
import { createWhoCan } from './who-can.ts'

const compile = (...texts: string[]) => compilePolicies([source(...texts)], OPERATIONS)
const rank = ({ verdict }: Decision): number => ['deny', 'approval', 'permit'].indexOf(verdict)
const level = (decision: Decision): number =>
  decision.verdict === 'approval' && decision.level === 'two-person' ? 1 : 0

/** All that an agent, the hour, the place and the call can make different, and no guardrail looks at. */
const others = fc.record({
  purpose: fc.constantFrom(undefined, 'fix tests', 'other'),
  ticket: fc.constantFrom(undefined, 'PAY-1'),
  ttlSeconds: fc.constantFrom(60, 900, 28_800),
  now: fc.constantFrom(1_750_000_000, 1_750_040_000),
  source: fc.constantFrom(undefined, '10.0.0.1'),
  volume: fc.constantFrom('v1', 'v2'),
  count: fc.constantFrom(0, 1),
})

const changed = (
  asked: PolicyRequest,
  {
    purpose,
    ticket,
    ttlSeconds,
    now,
    source: from,
    volume,
    count,
  }: typeof others extends fc.Arbitrary<infer T> ? T : never,
): PolicyRequest => ({
  ...asked,
  task: { ...asked.task, purpose, ticket },
  ttlSeconds,
  now,
  source: from,
  facts: asked.facts && { ...asked.facts, volume, count },
})

describe('who can', () => {
  it('is answered as each request would be decided, whoever else was asked about before', () => {
    const verdicts = new Set<string>()
    fc.assert(
      fc.property(policies, fc.array(requests, { minLength: 10, maxLength: 30 }), (texts, asked) => {
        const set = compile(...texts)
        const { plain } = createWhoCan(set)
        for (const one of asked) {
          const decision = decide(set, one)
          const answer = plain(one)
          if (decision.verdict === 'deny') expect(answer.verdict).toBe('deny')
          else expect(answer).toEqual(decision)
          verdicts.add(answer.verdict)
        }
      }),
      { numRuns: 25 },
    )
    expect([...verdicts].sort()).toEqual(['approval', 'deny', 'permit'])
  })

  it('says no less than any words of the agent, any hour, place or call would get', () => {
    let more = 0
    fc.assert(
      fc.property(
        policies,
        fc.array(fc.tuple(requests, others), { minLength: 8, maxLength: 16 }),
        (texts, asked) => {
          const set = compile(...texts)
          const { plain, atMost, conditions } = createWhoCan(set)
          for (const [one, other] of asked) {
            if (one.source === 'nowhere') continue
            const most = atMost(one)
            const got = decide(set, changed(one, other))
            expect(rank(most)).toBeGreaterThanOrEqual(rank(got))
            if (rank(most) === rank(got)) expect(level(most)).toBeLessThanOrEqual(level(got))
            if (rank(most) > rank(plain(one))) {
              more++
              expect(conditions(one)).not.toEqual([])
            }
            if (conditions(one).length === 0) expect(most.verdict).toBe(plain(one).verdict)
          }
        },
      ),
      { numRuns: 25 },
    )
    expect(more).toBeGreaterThan(0)
  })

  it('keeps the conditions that nobody can choose', () => {
    const { atMost, conditions } = createWhoCan(
      compile(
        'permit(principal, action, resource) when { principal has tool && principal.tool == "codex" && context.task has ticket };',
      ),
    )
    expect(atMost(request()).verdict).toBe('deny')
    const codex = request({ agent: { ...request().agent, tool: 'codex' } })
    expect(atMost(codex).verdict).toBe('permit')
    expect(conditions(codex)).toEqual(['ticket'])
  })

  it('asks no policy twice about agents, scopes and operations that none tells apart', () => {
    const { plain } = createWhoCan(
      compile(EVERYTHING, 'forbid(principal == Agent::"auditor", action, resource == Scope::"orders");'),
    )
    const { agent, scope } = request()
    const other = request({
      agent: { ...agent, name: 'another', owner: 'ben', teams: ['data'] },
      scope: { ...scope, name: 'deploy', root: 'other' },
    })
    expect(plain(other)).toBe(plain(request()))
    expect(plain(request({ agent: { ...agent, name: 'auditor' } })).verdict).toBe('deny')
  })

  it('agents of one kind are decided alike, and whom no permit concerns is denied', () => {
    fc.assert(
      fc.property(policies, requests, requests, (texts, one, other) => {
        const set = compile(...texts)
        const { kind, concerns } = createWhoCan(set)
        const swapped = { ...one, agent: other.agent }
        if (kind(one.agent) === kind(other.agent))
          expect(decide(set, swapped).verdict).toBe(decide(set, one).verdict)
        if (!concerns(one) && one.breakGlass !== true) expect(decide(set, one).verdict).toBe('deny')
      }),
      { numRuns: 60 },
    )
  })

  it('holds to the guardrails, whatever is open', () => {
    const { atMost } = createWhoCan(
      compile('permit(principal, action, resource) when { context.task has ticket };'),
    )
    expect(atMost(request({ action: 'delete', phase: 'mint' })).verdict).toBe('approval')
    expect(atMost(request({ task: { environment: 'production' } })).verdict).toBe('deny')
  })
})
