import { describe, expect, it } from 'vitest'
import { EVERYTHING, request, source } from '../test/requests.ts'
import { compilePolicies } from './compile.ts'
import { decide } from './decide.ts'
import { BUILT_IN } from './decision.ts'
import type { PolicyRequest } from './request.ts'
import { createDecider } from './reuse.ts'

const set = (...policies: string[]) => compilePolicies([source(...policies)])
const everything = set(EVERYTHING)

describe('denied by default (I10)', () => {
  it('without a permit', () => {
    expect(decide(compilePolicies([]), request())).toEqual({
      verdict: 'deny',
      policies: [BUILT_IN.denyByDefault],
      reasons: [{ policy: BUILT_IN.denyByDefault, reason: 'No policy permits read on this scope.' }],
    })
  })

  it('a forbid wins over every permit', () => {
    const decision = decide(
      set(EVERYTHING, '@id("no") @reason("Not on Mondays.") forbid(principal, action, resource);'),
      request(),
    )
    expect(decision).toEqual({
      verdict: 'deny',
      policies: ['no'],
      reasons: [{ policy: 'no', reason: 'Not on Mondays.' }],
    })
  })

  it('a forbid without words does not hide the words of another', () => {
    const mute = '@id("a-mute-one") forbid(principal, action, resource);'
    const told = '@id("told") @reason("Not on Mondays.") forbid(principal, action, resource);'
    expect(decide(set(EVERYTHING, mute, told), request())).toMatchObject({
      reasons: [{ reason: 'Not on Mondays.' }, { reason: 'Forbidden by the policy a-mute-one.' }],
    })
  })

  it('a forbid whose condition errors denies, though Cedar itself would skip it and allow', () => {
    const overflow =
      '@id("no") forbid(principal, action, resource) when { context.ttlSeconds * 9223372036854775807 > 0 };'
    expect(decide(set(EVERYTHING, overflow), request({ ttlSeconds: 900 }))).toMatchObject({
      verdict: 'deny',
      policies: [BUILT_IN.errorsDeny, 'no'],
    })
    expect(decide(set(EVERYTHING, overflow), request({ ttlSeconds: 0 })).verdict).toBe('permit')
  })

  it('a permit whose condition errors denies too, though another permit would do', () => {
    const overflow =
      '@id("odd") permit(principal, action, resource) when { context.ttlSeconds * 9223372036854775807 > 0 };'
    expect(decide(set(EVERYTHING, overflow), request()).verdict).toBe('deny')
  })

  it.each([
    ['an unknown action', { action: 'railway:volumeDelete' }],
    ['the name of a group of actions', { action: 'dangerous' }],
    ['an action from the prototype', { action: 'constructor' }],
    ['an unknown phase', { phase: 'later' }],
    ['an unknown tier', { environment: { name: 'staging', tier: 'gone' } }],
    ['an unknown approval', { approval: { level: 'boss' } }],
    ['an undeclared fact', { facts: { environments: ['staging'], colour: 'red' } }],
    ['a fact of the wrong type', { facts: { environments: 'staging' } }],
    [
      'an entity smuggled in as a fact',
      { facts: { environments: { __entity: { type: 'Environment', id: 'staging' } } } },
    ],
    ['a duration that is no number', { ttlSeconds: Number.NaN }],
    ['a time beyond all calendars', { now: 1e300 }],
    ['an approver that is not a boolean', { approverExists: 'yes' }],
    ['an environment that is not the scope’s', { environment: { name: 'preview', tier: 'disposable' } }],
  ])('%s is denied', (_, change) => {
    for (const answer of [decide, (_: unknown, one: PolicyRequest) => createDecider(everything).decide(one)])
      expect(answer(everything, request(change as never))).toMatchObject({
        verdict: 'deny',
        policies: [expect.stringMatching(/^guardrail:/)],
      })
  })

  it('a source that is no address denies where a policy asks for it', () => {
    const office = set(
      'permit(principal, action, resource) when { context has source && context.source.isInRange(ip("10.0.0.0/8")) };',
    )
    const from = (address?: string) => decide(office, request({ source: address })).verdict
    expect([
      from('10.1.2.3'),
      from('::ffff:10.1.2.3'),
      from('11.1.2.3'),
      from('10.1.2.3/8 or so'),
      from(),
    ]).toEqual(['permit', 'permit', 'deny', 'deny', 'deny'])
  })
})

describe('approvals', () => {
  const danger = (change: Partial<PolicyRequest> = {}) => request({ action: 'delete', ...change })

  it('I4: a dangerous request waits for a person, and says so only where that would help', () => {
    expect(decide(everything, danger())).toMatchObject({ verdict: 'approval', level: 'passkey' })
    expect(decide(everything, danger({ approval: { level: 'passkey' } })).verdict).toBe('permit')
    expect(decide(compilePolicies([]), danger())).toMatchObject({
      verdict: 'deny',
      policies: [BUILT_IN.denyByDefault],
    })
  })

  it('a forbid that nothing lifts is not offered for approval, and is told first', () => {
    const both = set(
      EVERYTHING,
      '@id("never") @reason("Never.") forbid(principal, action == Action::"delete", resource);',
    )
    expect(decide(both, danger())).toMatchObject({
      verdict: 'deny',
      policies: ['guardrail:danger-needs-a-person', 'never'],
      reasons: [{ policy: 'never', reason: 'Never.' }, { policy: 'guardrail:danger-needs-a-person' }],
    })
  })

  it('the highest level asked for is the level, and a lower one does not do', () => {
    const two = set(
      EVERYTHING,
      '@id("two") @approval("two-person") forbid(principal, action in Action::"delete", resource) unless { context has approval && context.approval.level == Approval::"two-person" };',
    )
    expect(decide(two, danger())).toMatchObject({
      verdict: 'approval',
      level: 'two-person',
      policies: ['guardrail:danger-needs-a-person', 'two'],
    })
    expect(decide(two, danger({ approval: { level: 'passkey' } }))).toMatchObject({
      verdict: 'approval',
      level: 'two-person',
      policies: ['two'],
    })
    expect(decide(two, danger({ approval: { level: 'two-person' } })).verdict).toBe('permit')
  })

  it('an approval that another forbid then refuses is not offered', () => {
    const trap = set(
      EVERYTHING,
      '@id("trap") forbid(principal, action, resource) when { context has approval };',
    )
    expect(decide(trap, danger()).verdict).toBe('deny')
    const rising = set(
      EVERYTHING,
      '@id("rising") @approval("two-person") forbid(principal, action, resource) when { context has approval && context.approval.level == Approval::"passkey" };',
    )
    expect(decide(rising, danger())).toMatchObject({ verdict: 'approval', level: 'two-person' })
  })

  it('a permit that errors once approved is not offered', () => {
    const odd = set(
      EVERYTHING,
      'permit(principal, action, resource) when { context has approval && context.ttlSeconds * 9223372036854775807 > 0 };',
    )
    expect(decide(odd, danger()).verdict).toBe('deny')
  })
})

describe('names are only names', () => {
  const names = [
    'a"b',
    "a'b",
    'a\\',
    'a\0b',
    'a\u202eb',
    'a\nb',
    '',
    '__entity',
    '"]; permit(principal, action, resource);',
    'x'.repeat(10_000),
    '💥',
  ]
  it.each(names.map((name) => [JSON.stringify(name).slice(0, 30), name]))('%s', (_, name) => {
    const only = set('permit(principal == Agent::"fixer", action, resource == Scope::"orders");')
    const { agent, scope } = request()
    for (const field of ['name', 'owner', 'tool', 'model'] as const)
      expect(decide(everything, request({ agent: { ...agent, [field]: name } })).verdict).toBe('permit')
    expect(decide(only, request({ agent: { ...agent, name } })).verdict).toBe('deny')
    expect(decide(only, request({ scope: { ...scope, name } })).verdict).toBe('deny')
    expect(
      decide(
        only,
        request({ agent: { ...agent, teams: [name] }, task: { environment: 'staging', purpose: name } }),
      ).verdict,
    ).toBe('permit')
  })

  it('ill-formed or immense text is refused, since two of them could become one', () => {
    for (const name of ['fixer\ud800', 'x'.repeat(20_000)])
      expect(decide(everything, request({ agent: { ...request().agent, name } }))).toMatchObject({
        policies: [BUILT_IN.knownRequests],
      })
  })

  it('an agent cannot pass for a team or a user of the same name', () => {
    const teams = set(
      'permit(principal in Team::"fixer", action, resource);',
      'permit(principal, action, resource) when { principal.owner == User::"fixer" };',
    )
    expect(decide(teams, request()).verdict).toBe('deny')
  })
})

describe('operations', () => {
  const operations = [
    { id: 'railway:volumeDelete', access: 'delete' },
    { id: 'railway:deploy', access: 'write' },
  ] as const
  const call = (action: string): PolicyRequest =>
    request({
      action,
      phase: 'call',
      facts: { environments: ['staging'], touches: ['primary'] },
      approval: { level: 'passkey' },
    })
  it('fall under the policies of their level, and can be named one by one', () => {
    const levels = compilePolicies(
      [
        source(
          '@id("w") permit(principal, action in [Action::"write", Action::"delete"], resource);',
          '@id("no") forbid(principal, action == Action::"railway:volumeDelete", resource);',
        ),
      ],
      operations,
    )
    expect(decide(levels, call('railway:deploy'))).toEqual({ verdict: 'permit', policies: ['w'] })
    expect(decide(levels, call('delete'))).toEqual({ verdict: 'permit', policies: ['w'] })
    expect(decide(levels, call('railway:volumeDelete'))).toMatchObject({ verdict: 'deny', policies: ['no'] })
    expect(decide(levels, call('read')).verdict).toBe('deny')
  })

  it('count as what the very call does, where that is less than they can do', () => {
    const writes = compilePolicies(
      [source('permit(principal, action in Action::"write", resource);')],
      [...operations, { id: 'railway:patch', access: 'delete' }],
    )
    expect(decide(writes, call('railway:patch')).verdict).toBe('deny')
    expect(decide(writes, { ...call('railway:patch'), access: 'write' }).verdict).toBe('permit')
    expect(decide(writes, { ...call('railway:deploy'), access: 'delete' }).verdict).toBe('deny')
    expect(decide(writes, { ...call('delete'), access: 'write' })).toMatchObject({
      verdict: 'deny',
      policies: [BUILT_IN.knownRequests],
    })
  })

  it('more than reading is refused while nobody said which side is touched (I10)', () => {
    const open = compilePolicies([source('permit(principal, action, resource);')], operations)
    const unsaid = { ...call('railway:deploy'), facts: { environments: ['staging'] } }
    expect(decide(open, unsaid)).toMatchObject({
      verdict: 'deny',
      policies: ['guardrail:call-stays-on-its-side'],
    })
    expect(decide(open, { ...unsaid, action: 'read' }).verdict).toBe('permit')
  })

  it('a dangerous level covers its operations', () => {
    const dangerous = compilePolicies(
      [source('permit(principal, action in Action::"dangerous", resource);')],
      operations,
    )
    expect(decide(dangerous, call('railway:volumeDelete')).verdict).toBe('permit')
    expect(decide(dangerous, call('railway:deploy')).verdict).toBe('deny')
  })
})

it('answers are frozen, because they are reused', () => {
  const decision = decide(everything, request({ action: 'delete' }))
  expect(Object.isFrozen(decision) && Object.isFrozen(decision.policies)).toBe(true)
  expect(
    'reasons' in decision && Object.isFrozen(decision.reasons) && Object.isFrozen(decision.reasons[0]),
  ).toBe(true)
})
