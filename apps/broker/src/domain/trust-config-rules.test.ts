import { type ConfigInput, configDocument } from '@credbroker/core/config/document'
import type { IssuerProfile } from '@credbroker/core/config/trust'
import { describe, expect, it } from 'vitest'
import { trustProblems } from './trust-config-rules.ts'

type Trust = NonNullable<NonNullable<ConfigInput['agents']>[string]['trust']>[number]

const AWS = 'https://sts.amazonaws.com/'
const parsed = (profile: IssuerProfile, rule: Omit<Trust, 'issuer'>, more: Partial<ConfigInput> = {}) =>
  configDocument.safeParse({
    version: 1,
    environments: { staging: {} },
    users: { mia: {} },
    issuers: { ci: { url: 'https://ci.example', profile } },
    agents: { fixer: { owner: 'mia', trust: [{ issuer: 'ci', ...rule }] } },
    ...more,
  })
const problems = (...of: Parameters<typeof parsed>): string[] => {
  const { data, error } = parsed(...of)
  return data
    ? trustProblems(data).map(({ at }) => at)
    : (error?.issues ?? []).map(({ path }) => path.join('.'))
}

describe('a trust rule', () => {
  it.each<[IssuerProfile, Trust['claims']]>([
    ['github-actions', { repository_id: '74', ref: { glob: 'refs/heads/release-*' } }],
    ['github-actions', { repository_id: ['74', '75'] }],
    [
      'github-actions',
      { repository_owner_id: '65', job_workflow_ref: 'o/r/.github/workflows/x.yml@refs/heads/main' },
    ],
    ['gitlab', { project_id: '22' }],
    ['kubernetes', { 'kubernetes.io': { namespace: 'agents', serviceaccount: { uid: 'u-1' } } }],
    ['aws', { sub: 'arn:aws:iam::1:role/x', [AWS]: { aws_account: '1' } }],
    ['spiffe', { sub: 'spiffe://example.org/agents/fixer' }],
    ['spiffe', { sub: { glob: 'spiffe://example.org/agents/*' } }],
    ['oidc', { sub: 'system-7' }],
  ])('of %s that says whose workload it is has no problem: %j', (profile, claims) => {
    expect(problems(profile, { claims })).toEqual([])
  })

  it.each<[IssuerProfile, Trust['claims']]>([
    ['github-actions', { repository: 'octo-org/octo-repo', ref: 'refs/heads/main' }],
    ['github-actions', { sub: 'repo:octo-org/octo-repo:ref:refs/heads/main' }],
    ['github-actions', { repository_id: { glob: '7*' } }],
    ['github-actions', { repository_owner_id: '65' }],
    ['github-actions', { job_workflow_ref: 'o/r/.github/workflows/x.yml@refs/heads/main' }],
    ['gitlab', { project_path: 'group/project' }],
    ['kubernetes', { sub: 'system:serviceaccount:agents:fixer' }],
    ['kubernetes', { 'kubernetes.io': { namespace: 'agents', serviceaccount: { name: 'fixer' } } }],
    ['aws', { sub: 'arn:aws:iam::1:role/x' }],
    ['aws', { [AWS]: { aws_account: '1' } }],
    ['spiffe', { sub: { glob: 'spiffe://*/agents/fixer' } }],
    ['spiffe', { sub: { glob: 'spiffe://example.org*/x' } }],
    ['spiffe', { sub: 'example.org/agents' }],
    ['oidc', { email: 'bot@example.com' }],
    ['oidc', { sub: { glob: 'system-*' } }],
    ['oidc', {}],
  ])('of %s that names what others can get is refused: %j', (profile, claims) => {
    expect(problems(profile, { claims })).toEqual(['agents.fixer.trust.0.claims'])
  })

  it('of AWS asks nothing that the caller of AWS chooses', () => {
    const claims = {
      sub: 'arn:aws:iam::1:role/x',
      [AWS]: { aws_account: '1', request_tags: { team: 'payments' } },
    }
    expect(problems('aws', { claims })).toEqual([`agents.fixer.trust.0.claims.${AWS}.request_tags.team`])
  })

  it.each<[string, Omit<Trust, 'issuer'>, string]>([
    ['a star that would cross segments', { claims: { sub: 'x', ref: { glob: 'a/**' } } }, 'claims.ref'],
    ['a glob without a star', { claims: { sub: 'x', ref: { glob: 'main' } } }, 'claims.ref'],
    ['what is checked anyway', { claims: { sub: 'x', aud: 'y' } }, 'claims.aud'],
    [
      'an environment that is not ours',
      { claims: { sub: 'x' }, environments: { prod: 'production' } },
      'environments',
    ],
    ['I3: a task longer than 8 hours', { claims: { sub: 'x' }, maxTask: '9h' }, 'maxTask'],
    ['a number, which is no text', { claims: { sub: 7 as unknown as string } }, 'claims.sub'],
    ['an empty set, which would mean all or none', { claims: { sub: [] } }, 'claims.sub'],
  ])('has %s refused', (_, rule, at) => {
    expect(problems('oidc', rule)).toEqual([`agents.fixer.trust.0.${at}`])
  })

  it('names an issuer that is declared', () => {
    expect(problems('oidc', { claims: { sub: 'x' } }, { issuers: {} })).toEqual([
      'agents.fixer.trust.0.issuer',
    ])
  })
})

describe('an issuer', () => {
  const url = (text: string) =>
    problems('oidc', { claims: { sub: 'x' } }, { issuers: { ci: { url: text, profile: 'oidc' } } })

  it.each([
    'http://ci.example',
    'https://user@ci.example',
    'https://ci.example?x=1',
    'file:///etc',
    'ci.example',
  ])('is not %s', (text) => expect(url(text)).toEqual(['issuers.ci.url']))

  it('is declared once', () => {
    const issuers = {
      ci: { url: 'https://ci.example', profile: 'oidc' },
      too: { url: 'https://ci.example', profile: 'oidc' },
    } as const
    expect(problems('oidc', { claims: { sub: 'x' } }, { issuers })).toEqual(['issuers.too.url'])
  })

  it.each([{ algorithms: ['HS256'] }, { algorithms: ['none'] }, { algorithms: [] }])(
    'signs with no %j',
    (more) => {
      const issuers = {
        ci: { url: 'https://ci.example', profile: 'oidc', ...more },
      } as unknown as NonNullable<ConfigInput['issuers']>
      expect(problems('oidc', { claims: { sub: 'x' } }, { issuers })[0]).toMatch(/^issuers\.ci\.algorithms/)
    },
  )

  it('has no private key among its keys', () => {
    const jwks = { keys: [{ kty: 'EC', kid: '1', crv: 'P-256', x: 'a', y: 'b', d: 'c' }] }
    const issuers = { ci: { url: 'https://ci.example', profile: 'oidc', jwks } } as unknown as NonNullable<
      ConfigInput['issuers']
    >
    expect(problems('oidc', { claims: { sub: 'x' } }, { issuers })).not.toEqual([])
  })
})
