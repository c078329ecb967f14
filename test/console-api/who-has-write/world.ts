import { ACCESS, type Access, TIERS } from '@credbroker/core/access'
import fc from 'fast-check'
import type { Config } from '../../../apps/broker/src/application/config/live-config.ts'
import { CONFIG_TABLES, type ConfigRows, keyOf } from '../../../apps/broker/src/domain/config.ts'
import type { Manifest } from '../../../apps/broker/src/domain/manifest.ts'
import { type CheckedRows, ConfigSnapshot } from '../../../apps/broker/src/domain/snapshot.ts'
import { answersOf } from '../../../packages/policy/src/answers.ts'
import { compilePolicies } from '../../../packages/policy/src/compile.ts'
import { decide } from '../../../packages/policy/src/decide.ts'

export const now = new Date('2026-04-25T09:00:00Z')
const files = { source: 'files', disabled: false } as const
export const OPERATIONS = [
  { id: 'railway:volumeDelete', access: ['read', 'delete'] },
  { id: 'railway:volumeWipe', access: ['delete'] },
  { id: 'railway:deploy', access: ['write', 'execute'] },
  { id: 'railway:project', access: ['read'] },
] as const satisfies readonly { id: string; access: readonly Access[] }[]
const VOCABULARY = [
  { id: 'railway:volumeDelete', access: 'delete' },
  { id: 'railway:volumeWipe', access: 'delete' },
  { id: 'railway:deploy', access: 'execute' },
  { id: 'railway:project', access: 'read' },
] as const

type Rows = { [Table in keyof ConfigRows]?: object[] }
export interface Shape {
  readonly rows: Rows
  readonly policies: readonly string[]
  /** Keys of rows that somebody changed by hand. */
  readonly changed: readonly string[]
  readonly holders: readonly string[]
}

/** As a broker would have read it. */
export function configOf({ rows, policies, changed, holders }: Shape): Config {
  const all: Rows = { anchors: [], issuers: [], policies: [], ...rows }
  const checked = Object.fromEntries(
    CONFIG_TABLES.map((table) => [
      table,
      (all[table] ?? []).map((row) => {
        const intact = !changed.includes(`${table} ${keyOf(table, row as never)}`)
        return { row, intact, mac: intact ? 'm' : undefined }
      }),
    ]),
  ) as unknown as CheckedRows
  const macs = Object.fromEntries(
    CONFIG_TABLES.map((table) => [
      table,
      Object.fromEntries((all[table] ?? []).map((row) => [keyOf(table, row as never), 'm'])),
    ]),
  ) as Manifest['macs']
  const manifest: Manifest = {
    name: 'manifest',
    version: 1,
    macs,
    ...(holders.length > 0 && { hadApprover: true }),
  }
  const set = compilePolicies(
    policies.map((text, at) => ({ name: `p${at}.cedar`, text })),
    VOCABULARY,
  )
  return {
    snapshot: new ConfigSnapshot(1, checked, manifest, new Set(holders)),
    // Nothing is reused: what is compared with is what `decide` says.
    decide: (request) => decide(set, request),
    policyVersion: 'v',
    whoCan: answersOf(set).whoCan,
  }
}

const pick = <Value>(...values: Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values)
/** The first of them, most of the time. */
const seldom = <Value>(usual: Value, ...others: Value[]): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
const disabled = seldom(false, true)
const policy = fc
  .record({
    effect: pick('permit', 'permit', 'permit', 'forbid'),
    approval: pick('', '', '@approval("passkey") ', '@approval("two-person") '),
    principal: pick(
      'principal',
      'principal == Agent::"ann"',
      'principal in Team::"data"',
      'principal == Agent::"bob"',
    ),
    action: pick(
      'action',
      'action',
      'action in Action::"read"',
      'action == Action::"delete"',
      'action in [Action::"write", Action::"execute"]',
      'action in Action::"dangerous"',
      'action == Action::"railway:volumeDelete"',
      'action == Action::"railway:deploy"',
    ),
    resource: pick(
      'resource',
      'resource',
      'resource == Scope::"minted"',
      'resource in Environment::"staging"',
      'resource in Root::"account"',
    ),
    condition: pick(
      '',
      'when { context.phase == Phase::"grant" }',
      'when { context.phase in [Phase::"mint", Phase::"call"] }',
      'when { principal has tool && principal.tool == "codex" }',
      'when { principal.owner == User::"mia" }',
      'when { context.task has ticket }',
      'when { context.ttlSeconds > 600 }',
      'when { context has facts.touches && context.facts.touches.contains(Side::"backup") }',
    ),
  })
  .map(({ effect, approval, principal, action, resource, condition }) =>
    effect === 'forbid' && approval !== ''
      ? `${approval}forbid(${principal}, ${action}, ${resource}) unless { context has approval${approval.includes('two') ? ' && context.approval.level == Approval::"two-person"' : ''} };`
      : `${effect}(${principal}, ${action}, ${resource}) ${condition};`,
  )

const agentOf = (name: string) =>
  fc.record({
    name: fc.constant(name),
    source: fc.constant('files'),
    disabled,
    owner: pick('mia', 'mia', 'eve'),
    teams: pick<string[]>([], ['data']),
    tool: pick<string | null>(null, 'codex'),
    model: fc.constant(null),
    maxTaskSeconds: fc.constant(3600),
    trust: fc.constant([]),
  })
const scopeOf = (name: string, connector: string | null, catalogue = connector !== null) =>
  fc.record({
    name: fc.constant(name),
    source: fc.constant('files'),
    disabled,
    root: pick('account', 'login'),
    environment: pick('staging', 'production'),
    provider: fc.constant(connector ?? 'postgres-role'),
    connector: fc.constant(connector),
    side: pick('primary', 'backup'),
    maxTtlSeconds: fc.constant(900),
    access: catalogue
      ? fc.constant(['read', 'write', 'delete', 'execute'])
      : fc.subarray([...ACCESS], { minLength: 1, maxLength: 3 }),
    ...(catalogue && { operations: fc.constant(OPERATIONS) }),
    allow: fc.constant({}),
  })
const rootOf = (name: string) =>
  fc.record({
    name: fc.constant(name),
    source: fc.constant('files'),
    disabled,
    provider: fc.constant('x'),
    state: seldom('usable', 'spanning', 'unusable'),
    declaredEnvironment: fc.constant(null),
    owner: pick('mia', 'eve'),
  })

/** Few of each kind, so that policies and what they are about meet. */
export const shapes: fc.Arbitrary<Shape> = fc
  .record({
    policies: fc.tuple(
      pick('permit(principal, action, resource);', 'permit(principal, action in Action::"read", resource);'),
      fc.array(policy, { maxLength: 6 }),
    ),
    agents: fc.tuple(agentOf('ann'), agentOf('bob'), agentOf('cat')),
    scopes: fc.tuple(
      scopeOf('minted', null),
      scopeOf('other', null),
      scopeOf('calls', 'railway'),
      scopeOf('plain', 'http', false),
    ),
    roots: fc.tuple(rootOf('account'), rootOf('login')),
    tiers: fc.tuple(pick(...TIERS), pick(...TIERS)),
    freezes: seldom<string[]>([], ['agent:ann'], ['environment:staging'], ['all']),
    glass: pick<string[] | null | undefined>(undefined, undefined, null, ['minted']),
    eveGone: disabled,
    changed: seldom<string[]>(
      [],
      ['agents ann'],
      ['scopes calls'],
      ['users eve'],
      ['environments production'],
      ['controls controls'],
    ),
    holders: pick<string[]>([], ['mia'], ['mia'], ['mia']),
  })
  .map(
    ({
      policies: [first, rest],
      agents,
      scopes,
      roots,
      tiers,
      freezes,
      glass,
      eveGone,
      changed,
      holders,
    }) => ({
      policies: [first, ...rest],
      changed,
      holders,
      rows: {
        users: [
          { name: 'mia', ...files, roles: ['admin', 'approver'], invitedBy: null },
          { name: 'eve', ...files, disabled: eveGone, roles: [], invitedBy: null },
        ],
        environments: ['staging', 'production'].map((name, at) => ({
          name,
          ...files,
          tier: tiers[at],
          backups: [],
          recoveryGroup: name,
        })),
        agents,
        roots,
        root_environments: ['account', 'login'].flatMap((root) =>
          ['staging', 'production'].map((environment) => ({ root, environment })),
        ),
        scopes,
        controls: [
          {
            name: 'controls',
            freezes: freezes.map((target) => ({ target, by: 'mia', at: '', reason: null })),
            ...(glass !== undefined && {
              breakGlass: [
                {
                  id: 'bgl_1',
                  environment: 'staging',
                  agent: 'bob',
                  scopes: glass,
                  reason: '',
                  by: 'mia',
                  at: '',
                  endsAt: '2026-04-25T10:00:00Z',
                },
              ],
            }),
          },
        ],
      },
    }),
  )
