import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../test/arbitraries.ts'
import { EVERYTHING, request, source } from '../test/requests.ts'
import { compilePolicies } from './compile.ts'
import type { PolicyRequest } from './request.ts'
import { createDecider } from './reuse.ts'

const decider = (...policies: string[]) => createDecider(compilePolicies([source(...policies)], OPERATIONS))

describe('an answer is reused', () => {
  it('while nothing changes that a policy looks at', () => {
    const { decide } = decider(EVERYTHING)
    const first = decide(request({ now: 1_000 }))
    expect(
      decide(request({ now: 2_000, task: { environment: 'staging', purpose: 'other', ticket: 'X-1' } })),
    ).toBe(first)
    expect(decide(request({ ttlSeconds: 60, source: '10.0.0.1' }))).toBe(first)
  })

  it('while only a fact changes that no policy looks at, such as the age of a backup', () => {
    const { decide } = decider(
      'permit(principal, action, resource) when { context has facts.backup.restoreTested && context.facts.backup.restoreTested };',
    )
    const aged = (ageSeconds: number) =>
      decide(request({ facts: { backup: { ageSeconds, restoreTested: true } } }))
    expect(aged(60).verdict).toBe('permit')
    expect(aged(61)).toBe(aged(60))
  })

  const { agent, scope, environment, task } = request()
  const call = { phase: 'call', facts: { environments: ['staging'] } } as const
  it.each<[string, Partial<PolicyRequest>, Partial<PolicyRequest>]>([
    ['action == Action::"read"', {}, { action: 'write' }],
    [
      'action in Action::"write"',
      { action: 'railway:deploy', access: 'write' },
      { action: 'railway:deploy', access: 'delete' },
    ],
    ['principal == Agent::"fixer"', {}, { agent: { ...agent, name: 'other' } }],
    ['principal.owner == User::"ana"', {}, { agent: { ...agent, owner: 'ben' } }],
    ['principal in Team::"payments"', {}, { agent: { ...agent, teams: ['data'] } }],
    ['!(principal in Team::"data")', {}, { agent: { ...agent, teams: ['payments', 'data'] } }],
    ['!(principal has tool)', {}, { agent: { ...agent, tool: 'codex' } }],
    ['!(principal has model)', {}, { agent: { ...agent, model: '' } }],
    ['resource == Scope::"orders"', {}, { scope: { ...scope, name: 'other' } }],
    ['resource in Root::"root"', {}, { scope: { ...scope, root: 'other' } }],
    ['resource.provider == "postgres"', {}, { scope: { ...scope, provider: 'aws' } }],
    ['resource.sides == [Side::"primary"]', {}, { scope: { ...scope, side: 'both' } }],
    ['!resource.gateway', {}, { scope: { ...scope, gateway: true } }],
    [
      'resource.environment.tier == Tier::"standard"',
      {},
      { environment: { ...environment, tier: 'disposable' } },
    ],
    [
      '!(resource.environment has recoveryGroup)',
      {},
      { environment: { ...environment, recoveryGroup: 'x' } },
    ],
    [
      'resource in Environment::"staging"',
      {},
      {
        scope: { ...scope, environment: 'other' },
        environment: { ...environment, name: 'other' },
        task: { environment: 'other' },
      },
    ],
    ['true', {}, { task: { environment: 'other' } }],
    [
      'true',
      {},
      { scope: { ...scope, environment: 'other' }, environment: { ...environment, name: 'other' } },
    ],
    ['!(context.task has purpose)', {}, { task: { ...task, purpose: 'x' } }],
    ['!(context.task has ticket)', {}, { task: { ...task, ticket: 'x' } }],
    ['context.phase == Phase::"grant"', {}, { phase: 'mint' }],
    ['context.ttlSeconds <= 900', {}, { ttlSeconds: 901 }],
    ['!(context has approval)', {}, { approval: { level: 'passkey' } }],
    [
      'context has approval && context.approval.level == Approval::"two-person"',
      { approval: { level: 'two-person' } },
      { approval: { level: 'passkey' } },
    ],
    ['context.approverExists', {}, { approverExists: false }],
    ['context.now == datetime("1970-01-01T00:01:00Z")', { now: 60 }, { now: 61 }],
    [
      'context has source && context.source == ip("10.0.0.1")',
      { source: '10.0.0.1' },
      { source: '10.0.0.2' },
    ],
    ['!(context has scan)', {}, { scan: { state: 'off', sandbox: false } }],
    [
      'context has scan && context.scan.state == Scan::"clean"',
      { scan: { state: 'clean', sandbox: false } },
      { scan: { state: 'allowed', sandbox: false } },
    ],
    [
      'context has scan && context.scan.sandbox',
      { scan: { state: 'off', sandbox: true } },
      { scan: { state: 'off', sandbox: false } },
    ],
    ['true', call, { ...call, facts: { environments: ['staging', 'production'] } }],
    ['!(context has facts)', {}, { facts: {} }],
    [
      'context has facts.touches && context.facts.touches.contains(Side::"backup")',
      { ...call, facts: { ...call.facts, touches: ['backup'] } },
      { ...call, facts: { ...call.facts, touches: ['primary'] } },
    ],
    [
      'context has facts.backup.ageSeconds && context.facts.backup.ageSeconds < 3600',
      { facts: { backup: { ageSeconds: 60, restoreTested: true } } },
      { facts: { backup: { ageSeconds: 7200, restoreTested: true } } },
    ],
    [
      'context has facts.backup.separateAuthority',
      { facts: { backup: { separateAuthority: false } } },
      { facts: { backup: { restoreTested: false } } },
    ],
    ['context has facts && context.facts has backup', { facts: { backup: {} } }, { facts: {} }],
    [
      'context has facts.restoreTestedBackup && !context.facts.restoreTestedBackup',
      { facts: { restoreTestedBackup: false } },
      { facts: { restoreTestedBackup: true } },
    ],
  ])('not across values that a policy looks at: %s', (condition, yes, no) => {
    const { decide } = decider(`permit(principal, action, resource) when { ${condition} };`)
    const verdicts = [yes, no, yes, no].map((change) => decide(request(change)).verdict)
    expect(verdicts).toEqual(['permit', 'deny', 'permit', 'deny'])
  })

  it('not across neighbours whose texts run together alike', () => {
    const { decide } = decider('permit(principal == Agent::"ab", action, resource);')
    const as = (name: string, owner: string) =>
      decide(request({ agent: { ...request().agent, name, owner } })).verdict
    expect([as('a', 'bc'), as('ab', 'c'), as('a', 'bc'), as('ab', '1:c'), as('ab1', ':c')]).toEqual([
      'deny',
      'permit',
      'deny',
      'permit',
      'deny',
    ])
  })

  it('not where a whole record is looked at: then all of it counts', () => {
    const { decide } = decider(
      'permit(principal, action, resource) when { context.task == context.task && (if true then context.task else context.task) has ticket };',
    )
    expect(decide(request()).verdict).toBe('deny')
    expect(decide(request({ task: { environment: 'staging', ticket: 'PAY-1' } })).verdict).toBe('permit')
  })

  it('not after an error, and not for immense keys', () => {
    const { decide } = decider(
      EVERYTHING,
      'forbid(principal, action, resource) when { context.ttlSeconds * 9223372036854775807 > 0 };',
    )
    expect(decide(request())).toEqual(decide(request()))
    expect(decide(request())).not.toBe(decide(request()))
    const long = request({ agent: { ...request().agent, name: 'x'.repeat(5_000) }, ttlSeconds: 0 })
    expect(decide(long)).not.toBe(decide(long))
  })

  it('and forgotten when there are too many', () => {
    const { decide } = createDecider(compilePolicies([source(EVERYTHING)]), { maxEntries: 4 })
    const first = decide(request())
    for (let i = 0; i < 4; i++) decide(request({ agent: { ...request().agent, name: `other${i}` } }))
    expect(decide(request())).not.toBe(first)
  })
})
