import type { IssuerView, TrustRuleView } from '@credbroker/core/wire/trust'
import { expect, it } from 'vitest'
import { checkTrust } from './trust-checks.ts'

const issuer = (profile: IssuerView['profile'], disabled = false): IssuerView => ({
  name: 'ci',
  url: 'https://ci.example',
  profile,
  keys: 'discovery',
  algorithms: ['RS256'],
  source: 'files',
  disabled,
  tampered: false,
  revision: 'r',
})
const codes = (
  profile: IssuerView['profile'],
  claims: TrustRuleView['claims'],
  more: Partial<TrustRuleView> = {},
) =>
  checkTrust(
    [{ name: 'fixer', disabled: false, trust: [{ issuer: 'ci', claims, ...more }] }],
    [issuer(profile)],
  ).map(({ code }) => code)

it.each<[IssuerView['profile'], TrustRuleView['claims'], string[]]>([
  ['github-actions', { repository_id: '1' }, ['trust-loose']],
  ['github-actions', { repository_id: '1', ref: 'refs/heads/main' }, []],
  ['github-actions', { repository_id: '1', ref: { glob: '*' } }, ['trust-loose']],
  [
    'github-actions',
    { repository_id: '1', ref: 'x', event_name: ['push', 'pull_request_target'] },
    ['trust-strangers'],
  ],
  ['gitlab', { namespace_id: '1', ref_protected: 'true' }, ['trust-loose']],
  ['gitlab', { project_id: '1' }, ['trust-loose']],
  ['gitlab', { project_id: '1', ref_protected: 'true' }, []],
  [
    'gitlab',
    { project_id: '1', ref_protected: 'true', pipeline_source: 'merge_request_event' },
    ['trust-strangers'],
  ],
  ['spiffe', { sub: { glob: 'spiffe://example.org/*' } }, ['trust-loose']],
  ['spiffe', { sub: 'spiffe://example.org/agents/fixer' }, []],
  ['oidc', { sub: 'x' }, []],
])('of %s, %j is found: %j', (profile, claims, expected) => {
  expect(codes(profile, claims)).toEqual(expected)
})

it('a rule that maps environments binds by them', () => {
  expect(codes('github-actions', { repository_id: '1' }, { environments: { prod: 'production' } })).toEqual(
    [],
  )
})

it('a rule of a disabled issuer is said to be of no use, and one of a disabled agent not mentioned', () => {
  const trust = [{ issuer: 'ci', claims: { repository_id: '1' } }]
  const found = (disabled: boolean) =>
    checkTrust([{ name: 'fixer', disabled, trust }], [issuer('github-actions', true)])
  expect(found(false).map(({ code }) => code)).toEqual(['trust-issuer-disabled'])
  expect(found(true)).toEqual([])
})
