import { describe, expect, it } from 'vitest'
import type { RowChange } from '../domain/config-diff.ts'
import { stoppedWork } from './stopped-work.ts'

const common = { source: 'files', disabled: false }
const scope = {
  ...common,
  name: 'ro',
  root: 'db',
  environment: 'staging',
  provider: 'p',
  allow: { a: 1, b: [2] },
  side: 'primary',
  maxTtlSeconds: 900,
}
const root = {
  ...common,
  name: 'db',
  provider: 'p',
  declaredEnvironment: 'staging',
  state: 'usable',
  service: null,
}
const agent = { ...common, name: 'fixer', owner: 'mia', teams: [] }
const environment = { ...common, name: 'staging', tier: 'standard', backups: [] }
const anchor = { vendor: 'v', id: 'x', environment: 'staging', shared: false }
const user = { ...common, name: 'mia', roles: ['viewer'] }
const change = (table: string, before?: object, after?: object) =>
  ({ table, before, after }) as unknown as RowChange

describe('whose work ends with a change', () => {
  it.each([
    [
      'a scope of another slice',
      change('scopes', scope, { ...scope, allow: { a: 2, b: [2] } }),
      { scope: 'ro' },
    ],
    ['a scope of another root', change('scopes', scope, { ...scope, root: 'other' }), { scope: 'ro' }],
    ['a root that became unusable', change('roots', root, { ...root, state: 'unusable' }), { root: 'db' }],
    ['an agent of another owner', change('agents', agent, { ...agent, owner: 'noa' }), { agent: 'fixer' }],
    [
      'a stricter tier',
      change('environments', environment, { ...environment, tier: 'protected' }),
      { environment: 'staging' },
    ],
    ['an anchor that went', change('anchors', anchor), { environment: 'staging' }],
    [
      'an anchor that others may share now',
      change('anchors', anchor, { ...anchor, shared: true }),
      { environment: 'staging' },
    ],
    ['a disabled owner', change('users', user, { ...user, disabled: true }), { owner: 'mia' }],
  ])('%s', (_what, one, selector) => {
    expect(stoppedWork([one, one])).toEqual([selector])
  })

  it.each([
    [
      'a scope with another life and its members in another order',
      change('scopes', scope, { ...scope, allow: { b: [2], a: 1 }, maxTtlSeconds: 60 }),
    ],
    ['a root with another service', change('roots', root, { ...root, service: 'shop' })],
    ['a milder tier', change('environments', environment, { ...environment, tier: 'disposable' })],
    ['a new anchor', change('anchors', undefined, anchor)],
    [
      'what was disabled before',
      change('agents', { ...agent, disabled: true }, { ...agent, disabled: true, teams: ['a'] }),
    ],
    ['a policy', change('policies', { name: 'a', text: 'x' })],
  ])('nobody’s with %s', (_what, one) => {
    expect(stoppedWork([one])).toEqual([])
  })
})
