import { describe, expect, it } from 'vitest'
import type { Agent, Controls, Environment, Issuer, Root, Scope, TrustRule } from './config.ts'
import type { RowChange } from './config-diff.ts'
import { needsApproval, type WideningContext } from './widening.ts'

const context: WideningContext = {
  isProtected: (environment) => environment === 'production',
  anyProtected: true,
  isTampered: () => false,
  effects: (text) => new Set(text.split(' ') as ('permit' | 'forbid')[]),
}
const scope = (environment: string, maxTtlSeconds = 900): Scope => ({
  name: 's',
  source: 'files',
  disabled: false,
  root: 'r',
  environment,
  provider: 'p',
  form: null,
  side: 'primary',
  maxTtlSeconds,
  declaredAccess: [],
  access: ['read'],
  evidence: [],
  allow: {},
})
const agent: Agent = {
  name: 'a',
  source: 'files',
  disabled: false,
  owner: 'alice',
  teams: [],
  tool: null,
  model: null,
  maxTaskSeconds: 900,
  trust: [],
}
const ci: TrustRule = {
  issuer: 'ci',
  claims: { repository_id: '1' },
  environments: null,
  maxTaskSeconds: null,
}
const issuer: Issuer = {
  name: 'ci',
  source: 'files',
  disabled: false,
  url: 'https://ci.example',
  profile: 'github-actions',
  jwks: null,
  algorithms: ['RS256'],
}
const environment = (name: string): Environment => ({
  name,
  source: 'files',
  disabled: false,
  tier: 'standard',
  backups: [],
  recoveryGroup: name,
})
const controls = (...targets: string[]): Controls => ({
  name: 'controls',
  freezes: targets.map((target) => ({ target, by: 'mia', at: '2026-01-01T00:00:00.000Z', reason: null })),
})
const root = (declaredEnvironment: string | null): Root => ({
  name: 'r',
  source: 'files',
  disabled: false,
  provider: 'p',
  state: declaredEnvironment === null ? 'spanning' : 'usable',
  declaredEnvironment,
  owner: 'alice',
  service: null,
  onCall: null,
  recovery: {},
  identity: 'i',
  reach: [],
  unclaimed: [],
  findings: [],
  version: 1,
  fingerprint: 'f',
  addedAt: '2026-01-01T00:00:00.000Z',
  checkedAt: '2026-01-01T00:00:00.000Z',
})
const policy = (text: string) => ({ name: 'p', text, source: 'files' as const })

describe('I4c: widening a protected environment needs a person', () => {
  it.each<[string, RowChange, boolean]>([
    ['a new scope in it', { table: 'scopes', before: undefined, after: scope('production') }, true],
    [
      'an agent that trusts a workload',
      { table: 'agents', before: agent, after: { ...agent, trust: [ci] } },
      true,
    ],
    [
      'an agent that trusts one less',
      { table: 'agents', before: { ...agent, trust: [ci] }, after: agent },
      false,
    ],
    [
      'an agent that trusts another instead',
      {
        table: 'agents',
        before: { ...agent, trust: [ci] },
        after: { ...agent, trust: [{ ...ci, claims: { repository_id: '2' } }] },
      },
      true,
    ],
    ['an issuer', { table: 'issuers', before: undefined, after: issuer }, true],
    [
      'an issuer that is disabled',
      { table: 'issuers', before: issuer, after: { ...issuer, disabled: true } },
      false,
    ],
    ['a new scope elsewhere', { table: 'scopes', before: undefined, after: scope('staging') }, false],
    [
      'a longer life',
      { table: 'scopes', before: scope('production', 60), after: scope('production', 900) },
      true,
    ],
    [
      'a shorter life',
      { table: 'scopes', before: scope('production', 900), after: scope('production', 60) },
      false,
    ],
    [
      'a shorter life with another change beside it',
      {
        table: 'scopes',
        before: scope('production', 900),
        after: { ...scope('production', 60), access: ['write'] },
      },
      true,
    ],
    [
      'disabling a scope',
      { table: 'scopes', before: scope('production'), after: { ...scope('production'), disabled: true } },
      false,
    ],
    [
      'moving a scope into it',
      { table: 'scopes', before: scope('staging'), after: scope('production') },
      true,
    ],
    [
      'another owner of an agent',
      { table: 'agents', before: agent, after: { ...agent, owner: 'bob' } },
      true,
    ],
    ['disabling an agent', { table: 'agents', before: agent, after: { ...agent, disabled: true } }, false],
    ['a new permit', { table: 'policies', before: undefined, after: policy('permit') }, true],
    ['a new forbid', { table: 'policies', before: undefined, after: policy('forbid') }, false],
    [
      'a forbid with a permit in the same file',
      { table: 'policies', before: undefined, after: policy('forbid permit') },
      true,
    ],
    ['removing a permit', { table: 'policies', before: policy('permit') }, false],
    ['removing a forbid', { table: 'policies', before: policy('forbid') }, true],
    [
      'any change to a policy',
      { table: 'policies', before: policy('forbid'), after: policy('forbid forbid') },
      true,
    ],
    [
      'taking an anchor away',
      { table: 'anchors', before: { vendor: 'v', id: 'x', environment: 'production', shared: false } },
      true,
    ],
    [
      'an owner of a root that spans environments',
      { table: 'roots', before: root(null), after: { ...root(null), owner: 'bob' } },
      true,
    ],
    [
      'an owner of a root elsewhere',
      { table: 'roots', before: root('staging'), after: { ...root('staging'), owner: 'bob' } },
      false,
    ],
    [
      'an environment that a protected one becomes the backup of',
      {
        table: 'environments',
        before: environment('staging'),
        after: { ...environment('staging'), backups: ['production'] },
      },
      true,
    ],
    [
      'lifting a freeze of what is not protected',
      { table: 'controls', before: controls('environment:staging'), after: controls() },
      false,
    ],
    [
      'lifting a freeze of what is',
      { table: 'controls', before: controls('environment:production'), after: controls() },
      true,
    ],
    ['a freeze', { table: 'controls', before: controls(), after: controls('all') }, false],
    [
      'all frozen in place of one',
      { table: 'controls', before: controls('agent:a'), after: controls('all') },
      false,
    ],
    [
      'lifting a freeze',
      { table: 'controls', before: controls('all', 'agent:a'), after: controls('agent:a') },
      true,
    ],
  ])('%s', (_name, change, expected) => {
    expect(needsApproval(change, context)).toBe(expected)
  })
  it('a row that somebody changed by hand is no measure: what replaces it is looked at (I13)', () => {
    const tampered = { ...context, isTampered: () => true }
    const disabled = { ...scope('production'), disabled: true }
    const change = { table: 'scopes' as const, before: scope('production'), after: disabled }
    expect(needsApproval(change, tampered)).toBe(true)
  })
  it('without a protected environment nothing is marked', () => {
    const none = { ...context, isProtected: () => false, anyProtected: false }
    expect(needsApproval({ table: 'policies', before: undefined, after: policy('permit') }, none)).toBe(false)
  })
})
