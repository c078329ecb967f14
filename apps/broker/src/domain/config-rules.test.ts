import { type ConfigInput, configDocument } from '@credbroker/core/config/document'
import { describe, expect, it } from 'vitest'
import { type ConnectorRules, configProblems, type ProviderRules } from './config-rules.ts'

const postgres: ProviderRules = {
  vendor: 'postgres',
  anchorSyntax: '<cluster>/<database>',
  acceptsAnchor: (id) => /^\d+\/\w+$/.test(id),
  specProblems: (allow) =>
    (allow as { template?: string }).template ? [] : [{ at: 'template', message: 'missing' }],
}
const aws: ProviderRules = {
  vendor: 'aws',
  anchorSyntax: '<account>',
  acceptsAnchor: (id) => /^\d{12}$/.test(id),
  specProblems: () => [],
  federatedProblems: (said) =>
    (said as { roles?: string[] }).roles ? [] : [{ at: 'roles', message: 'missing' }],
}
const providers = new Map([
  ['postgres-role', postgres],
  ['aws-federated', aws],
])
const federated = (change: object): Partial<ConfigInput> => ({
  roots: {
    ...good.roots,
    aws: {
      provider: 'aws-federated',
      environment: 'staging',
      owner: 'alice',
      federated: { roles: ['r'] },
      ...change,
    },
  },
})

const good: ConfigInput = {
  version: 1,
  environments: {
    staging: { tier: 'standard', anchors: [{ vendor: 'postgres', id: '1/orders' }] },
    production: { anchors: [{ vendor: 'postgres', id: '2/orders' }], backups: ['vault'] },
    vault: {},
  },
  users: { alice: { roles: ['admin'] } },
  teams: { payments: {} },
  agents: { fixer: { owner: 'alice', teams: ['payments'] } },
  roots: { db: { provider: 'postgres-role', environment: 'staging', owner: 'alice' } },
  scopes: { 'orders-ro': { root: 'db', environment: 'staging', allow: { template: 'read-only' } } },
}
const problemsOf = (change: Partial<ConfigInput>): string[] =>
  configProblems(configDocument.parse({ ...good, ...change }), providers, new Set()).map(({ at }) => at)

describe('a configuration', () => {
  it('without fault has no problems', () => {
    expect(problemsOf({})).toEqual([])
  })
  it('may say of a federated root, in place of a secret, who trusts it', () => {
    expect(problemsOf(federated({}))).toEqual([])
  })
  it('left out, a tier is protected', () => {
    expect(configDocument.parse(good).environments['production']?.tier).toBe('protected')
  })
  it.each<[string, Partial<ConfigInput>, string]>([
    ['I11: an agent without a known owner', { agents: { fixer: { owner: 'bob' } } }, 'agents.fixer.owner'],
    [
      'I11: a root without a known owner',
      { roots: { db: { provider: 'postgres-role', environment: 'staging', owner: 'bob' } } },
      'roots.db.owner',
    ],
    [
      'I3: a task longer than 8 hours',
      { agents: { fixer: { owner: 'alice', maxTask: '9h' } } },
      'agents.fixer.maxTask',
    ],
    [
      'I2: a scope in another environment than its root',
      { scopes: { s: { root: 'db', environment: 'production', allow: { template: 'x' } } } },
      'scopes.s.environment',
    ],
    [
      'a scope its provider does not understand',
      { scopes: { s: { root: 'db', environment: 'staging', allow: {} } } },
      'scopes.s.allow.template',
    ],
    [
      'I5: a scope over backups that says it touches the data',
      {
        environments: {
          staging: { tier: 'standard', anchors: [{ vendor: 'postgres', id: '1/orders' }] },
          production: { backups: ['staging'] },
        },
      },
      'scopes.orders-ro.side',
    ],
    [
      'a scope of an unknown root',
      { scopes: { s: { root: 'x', environment: 'staging', allow: {} } } },
      'scopes.s.root',
    ],
    [
      'an unknown provider',
      { roots: { db: { provider: 'nope', environment: 'staging', owner: 'alice' } } },
      'roots.db.provider',
    ],
    ['a federated root that says nothing', federated({ federated: undefined }), 'roots.aws.federated'],
    ['a federated root with a secret', federated({ secret: 'stdin' }), 'roots.aws.secret'],
    [
      'a federated root over several environments',
      federated({ environment: undefined }),
      'roots.aws.environment',
    ],
    [
      'a federated root its provider does not understand',
      federated({ federated: {} }),
      'roots.aws.federated.roles',
    ],
    [
      'a root that holds a credential and says that it does not',
      federated({ provider: 'postgres-role' }),
      'roots.aws.federated',
    ],
    ['an unknown team', { agents: { fixer: { owner: 'alice', teams: ['x'] } } }, 'agents.fixer.teams.0'],
    [
      'a backup that is not declared',
      { environments: { ...good.environments, production: { backups: ['x'] } } },
      'environments.production.backups.0',
    ],
    [
      'an environment that is its own backup',
      { environments: { ...good.environments, vault: { backups: ['vault'] } } },
      'environments.vault.backups.0',
    ],
    [
      'a malformed anchor',
      { environments: { ...good.environments, vault: { anchors: [{ vendor: 'postgres', id: 'x' }] } } },
      'environments.vault.anchors.0.id',
    ],
    [
      'an unknown vendor',
      { environments: { ...good.environments, vault: { anchors: [{ vendor: 'nope', id: 'x' }] } } },
      'environments.vault.anchors.0.vendor',
    ],
    [
      'I2: two environments with one anchor',
      {
        environments: { ...good.environments, vault: { anchors: [{ vendor: 'postgres', id: '1/orders' }] } },
      },
      'environments.vault.anchors.0',
    ],
    [
      'I2: an anchor that only one of two declares shared',
      {
        environments: {
          ...good.environments,
          vault: { anchors: [{ vendor: 'postgres', id: '1/orders', shared: true }] },
        },
      },
      'environments.vault.anchors.0',
    ],
  ])('is refused with %s', (_name, change, at) => {
    expect(problemsOf(change)).toContain(at)
  })
  it('names every problem at once', () => {
    expect(problemsOf({ users: {} }).sort()).toEqual(['agents.fixer.owner', 'roots.db.owner'])
  })
})

describe('what is called through the gateway', () => {
  const railway: ConnectorRules = {
    vendor: 'railway',
    anchorSyntax: '<project>/<environment>',
    acceptsAnchor: (id) => /^p\d(\/e\d)?$/.test(id),
    specProblems: (allow) =>
      (allow as { projects?: string[] }).projects ? [] : [{ at: 'projects', message: 'missing' }],
  }
  const sql: ConnectorRules = {
    vendor: 'sql',
    anchorSyntax: 'a',
    inner: 'postgres-role',
    specProblems: () => [],
  }
  const connectors = new Map([
    ['railway', railway],
    ['sql', sql],
  ])
  const check = (
    root: object,
    scope: object,
    more: Partial<ConfigInput> = {},
    of: ReadonlyMap<string, ConnectorRules> = connectors,
  ) =>
    configProblems(
      configDocument.parse({
        ...good,
        ...more,
        roots: { account: { provider: 'railway', owner: 'alice', ...root } },
        scopes: {
          deploys: { root: 'account', environment: 'staging', allow: { projects: ['p1'] }, ...scope },
        },
      }),
      providers,
      new Set(),
      of,
    )
  const at = (...given: Parameters<typeof check>) => check(...given).map((problem) => problem.at)

  it('may be a scope of a root that spans environments, whose kind is the connector', () => {
    expect(at({}, {})).toEqual([])
    expect(at({}, { connector: 'railway' })).toEqual([])
    expect(at({}, { environment: 'production' })).toEqual([])
    expect(at({ environment: 'staging' }, { environment: 'production' })).toEqual([
      'scopes.deploys.environment',
    ])
  })

  it('is written in the words of the connector', () => {
    expect(at({}, { allow: {} })).toEqual(['scopes.deploys.allow.projects'])
  })

  it('works with roots of a provider, and with its own as well where it says so', () => {
    const inside = new Map([['railway', { ...railway, inner: 'postgres-role' }]])
    const both = new Map([['railway', { ...railway, inner: 'postgres-role', ownRootsToo: true } as const]])
    const places = (provider: string, of: Map<string, ConnectorRules>) =>
      check({ provider }, { connector: 'railway' }, {}, of).map((problem) => problem.at)
    expect(places('postgres-role', inside)).toEqual([])
    expect(places('railway', inside)).toEqual(['roots.account.provider', 'scopes.deploys.connector'])
    expect(places('postgres-role', both)).toEqual([])
    expect(places('railway', both)).toEqual([])
  })

  it('names a connector that this broker has, and that works with such a root', () => {
    expect(at({}, { connector: 'mainframe' })).toEqual(['scopes.deploys.connector'])
    expect(check({}, { connector: 'sql' })).toEqual([
      {
        at: 'scopes.deploys.connector',
        message: 'sql works with roots of postgres-role, and account is of railway',
      },
    ])
    expect(at({ provider: 'sql' }, { connector: 'sql' })[0]).toBe('roots.account.provider')
  })

  it('is said where nothing can be minted, and how (I2)', () => {
    expect(check({ provider: 'postgres-role' }, { allow: { template: 'read-only' } })).toEqual([
      {
        at: 'scopes.deploys.environment',
        message:
          'root account spans environments, so nothing is minted from it: say `connector: sql` to call it through the gateway (I2)',
      },
    ])
    expect(at({ provider: 'postgres-role' }, { connector: 'sql' })).toEqual([])
  })

  it('has anchors in the form of its vendor, and roots that hold a credential', () => {
    const environments = { staging: { anchors: [{ vendor: 'railway', id: 'p1/e1' }] } }
    expect(at({}, {}, { environments })).toEqual([])
    environments.staging.anchors[0] = { vendor: 'railway', id: 'nowhere' }
    expect(at({}, {}, { environments })).toEqual(['environments.staging.anchors.0.id'])
    expect(at({ federated: {} }, {})).toEqual(['roots.account.federated'])
  })
})
