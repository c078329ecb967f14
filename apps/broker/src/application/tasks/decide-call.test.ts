import type { Access, Side, Tier } from '@credbroker/core/access'
import { compilePolicies } from '@credbroker/policy/compile'
import type { Facts } from '@credbroker/policy/request'
import { createDecider } from '@credbroker/policy/reuse'
import { describe, expect, it } from 'vitest'
import { CONFIG_TABLES, type ConfigRows, keyOf } from '../../domain/config.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Manifest } from '../../domain/manifest.ts'
import { type CheckedRows, ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Task } from '../../domain/task.ts'
import type { Config } from '../config/live-config.ts'
import { type Call, decideAllowedCall } from './decide-call.ts'
import { decideScope } from './decide-scopes.ts'

const OPERATIONS = [
  { id: 'railway:volumeDelete', access: 'delete' },
  { id: 'railway:serviceInstanceRedeploy', access: 'execute' },
  { id: 'railway:query.project', access: 'read' },
] as const
const files = { source: 'files', disabled: false } as const
const now = new Date('2026-04-25T09:00:00Z')
const endsAt = new Date('2026-04-25T09:10:00Z')

interface World {
  tier?: Tier
  side?: Side
  rootState?: 'usable' | 'spanning' | 'unusable'
  connector?: string | null
}

function configOf(policies: readonly string[], world: World = {}): Config {
  const { tier = 'disposable', side = 'primary', rootState = 'spanning', connector = 'railway' } = world
  const agent = { ...files, teams: [], tool: null, model: null, maxTaskSeconds: 3600, trust: [] }
  const rows: Partial<{ [Table in keyof ConfigRows]: object[] }> = {
    users: [{ name: 'mia', ...files, roles: ['admin'], invitedBy: null }],
    environments: [{ name: 'staging', ...files, tier, backups: [], recoveryGroup: 'staging' }],
    anchors: [{ vendor: 'railway', id: 'p/s', environment: 'staging', shared: false }],
    agents: [
      { ...agent, name: 'fixer', owner: 'mia' },
      { ...agent, name: 'lead', owner: 'mia' },
    ],
    roots: [
      {
        name: 'account',
        ...files,
        provider: 'railway',
        state: rootState,
        owner: 'mia',
        declaredEnvironment: null,
      },
    ],
    root_environments: [{ root: 'account', environment: 'staging' }],
    scopes: [
      {
        name: 'deploys',
        ...files,
        root: 'account',
        environment: 'staging',
        provider: 'railway',
        connector,
        side,
        access: ['read', 'write', 'delete', 'execute'],
        operations: OPERATIONS.map(({ id, access }) => ({ id, access: [access] })),
      },
    ],
    controls: [{ name: 'controls', freezes: [] }],
  }
  const checked = Object.fromEntries(
    CONFIG_TABLES.map((table) => [
      table,
      (rows[table] ?? []).map((row) => ({ row, intact: true, mac: 'm' })),
    ]),
  ) as unknown as CheckedRows
  const macs = Object.fromEntries(
    CONFIG_TABLES.map((table) => [
      table,
      Object.fromEntries((rows[table] ?? []).map((row) => [keyOf(table, row as never), 'm'])),
    ]),
  ) as Manifest['macs']
  const decider = createDecider(
    compilePolicies(
      policies.map((text, at) => ({ name: `p${at}.cedar`, text })),
      OPERATIONS,
    ),
  )
  return {
    snapshot: new ConfigSnapshot(1, checked, { name: 'manifest', version: 1, macs }),
    decide: (request) => decider.decide(request),
    policyVersion: decider.version,
  }
}

const question = {
  environment: 'staging',
  purpose: 'redeploy',
  ticket: null,
  phase: 'grant' as const,
  ttlSeconds: 600,
  now,
}
const granted = (config: Config) =>
  decideScope(config, 'deploys', { ...question, agent: config.snapshot.agent('fixer') as never })
const held = (access: readonly Access[], agent = 'fixer') => ({
  task: { agent, environment: 'staging', purpose: 'redeploy', ticket: null } as unknown as Task,
  grant: { scope: 'deploys', access, endsAt } as unknown as Grant,
})
const ALL: readonly Access[] = ['read', 'write', 'delete', 'execute']
const facts: Facts = { environments: ['staging'], touches: ['primary'], erases: [] }
const call = (levels: readonly Access[], id?: string, more: Partial<Call> = {}): Call => ({
  operations: [{ id, levels }],
  facts,
  ...more,
})
const decided = (config: Config, one: Call, access = ALL, above: ReturnType<typeof held>[] = []) =>
  decideAllowedCall(config, { ...held(access), above }, one, now)

const READS = '@id("reads") permit(principal, action in Action::"read", resource);'
const EVERYTHING = '@id("everything") permit(principal, action, resource);'
const REDEPLOYS =
  '@id("redeploys") permit(principal, action == Action::"railway:serviceInstanceRedeploy", resource);'

describe('the grant of a gateway scope', () => {
  it('is for the levels that some call may have, and dangerous ones wait for the call (I4)', () => {
    expect(granted(configOf([EVERYTHING], { tier: 'protected' }))).toMatchObject({
      verdict: 'permit',
      access: ALL,
    })
    expect(granted(configOf([READS]))).toMatchObject({ verdict: 'permit', access: ['read'] })
  })

  it('counts a level that is permitted for one operation by name', () => {
    expect(granted(configOf([READS, REDEPLOYS]))).toMatchObject({
      verdict: 'permit',
      access: ['read', 'execute'],
      policies: ['reads', 'redeploys'],
    })
  })

  it('is denied where no call could be permitted (I10)', () => {
    expect(granted(configOf([]))).toMatchObject({ verdict: 'deny', code: 'denied' })
    expect(granted(configOf([EVERYTHING], { rootState: 'unusable' }))).toMatchObject({
      verdict: 'deny',
      code: 'root_unusable',
    })
  })

  it('of a root that spans environments is for the gateway alone (I2)', () => {
    expect(granted(configOf([EVERYTHING], { connector: null }))).toMatchObject({
      verdict: 'deny',
      code: 'root_unusable',
    })
  })
})

describe('what a policy that forbids a level says of it', () => {
  const FROZEN =
    '@id("frozen") @reason("Not before the holidays.") forbid(principal, action in Action::"write", resource);'
  const told = 'This task was not granted write of this scope: Not before the holidays.'

  it('is heard by the agent that asks for the scope, whatever else nothing permits', () => {
    expect(granted(configOf([FROZEN]))).toMatchObject({ code: 'denied', reason: 'Not before the holidays.' })
    expect(granted(configOf([READS, FROZEN], { connector: null, rootState: 'usable' }))).toMatchObject({
      code: 'denied',
      reason: 'Not before the holidays.',
    })
  })

  it('is heard by the agent whose grant lacks the level for it', () => {
    const config = configOf([EVERYTHING, FROZEN])
    const start = granted(config)
    expect(start).toMatchObject({
      verdict: 'permit',
      access: ['read', 'delete', 'execute'],
      denied: [{ access: 'write', code: 'denied', reason: 'Not before the holidays.' }],
    })
    const access = 'access' in start ? start.access : []
    expect(decided(config, call(['write']), access)).toMatchObject({ code: 'denied', reason: told })
    expect(decided(config, call(['write']), ALL, [held(['read'], 'lead')])).toMatchObject({ reason: told })
  })

  it('is not said where the level was left out for another reason', () => {
    expect(decided(configOf([EVERYTHING]), call(['write']), ['read'])).toMatchObject({
      reason: 'This task was not granted write of this scope',
    })
  })
})

describe('a call', () => {
  it('is asked by its name, in the group of the worst that it does, and by all else that it does', () => {
    const config = configOf([READS, REDEPLOYS])
    const redeploy = 'railway:serviceInstanceRedeploy'
    expect(decided(config, call(['execute'], redeploy))).toMatchObject({
      verdict: 'permit',
      policies: ['redeploys'],
    })
    expect(decided(config, call(['execute']))).toMatchObject({ verdict: 'deny', code: 'denied' })
    expect(decided(config, call(['write', 'execute'], redeploy))).toMatchObject({ verdict: 'deny' })
    expect(decided(config, call(['read', 'execute'], redeploy))).toMatchObject({ verdict: 'permit' })
  })

  it('is denied where one of its operations is, whatever the others are', () => {
    const both = {
      operations: [
        { id: 'railway:query.project', levels: ['read'] },
        { id: 'railway:volumeDelete', levels: ['delete'] },
      ],
      facts,
    } as const
    expect(decided(configOf([READS]), both)).toMatchObject({ verdict: 'deny' })
    expect(decided(configOf([EVERYTHING]), both)).toMatchObject({ verdict: 'permit' })
    expect(decided(configOf([EVERYTHING]), { operations: [], facts })).toMatchObject({ verdict: 'deny' })
    const unknown = { operations: [...both.operations, { levels: [] }], facts }
    expect(decided(configOf([EVERYTHING]), unknown)).toMatchObject({ verdict: 'deny', code: 'denied' })
  })

  it('needs the highest approval that any of it needs, and exactly that is enough (I4)', () => {
    const TWO = `@id("two") @approval("two-person") @reason("Two.")
      forbid(principal, action == Action::"railway:volumeDelete", resource)
      unless { context has approval && context.approval.level == Approval::"two-person" };`
    const config = configOf([EVERYTHING, TWO], { tier: 'standard' })
    const wipe = call(['delete', 'execute'], 'railway:volumeDelete')
    expect(decided(config, wipe)).toMatchObject({ verdict: 'approval', level: 'two-person' })
    expect(decided(config, { ...wipe, approval: { level: 'passkey' } })).toMatchObject({
      verdict: 'approval',
      level: 'two-person',
    })
    expect(decided(config, { ...wipe, approval: { level: 'two-person' } })).toMatchObject({
      verdict: 'permit',
    })
    expect(decided(config, call(['execute']))).toMatchObject({ verdict: 'approval', level: 'passkey' })
  })

  it('stays in its environment and on its side (I2, I5)', () => {
    const config = configOf([EVERYTHING])
    const touching = (more: Facts) => decided(config, { ...call(['write']), facts: { ...facts, ...more } })
    expect(touching({})).toMatchObject({ verdict: 'permit' })
    expect(touching({ environments: ['staging', 'production'] })).toMatchObject({ verdict: 'deny' })
    expect(touching({ environments: [] })).toMatchObject({ verdict: 'deny' })
    expect(touching({ touches: ['backup'] })).toMatchObject({ verdict: 'deny' })
  })

  it('takes a backup for tested only where it is under separate authority as well (I5)', () => {
    const BACKED = `@id("backed") permit(principal, action, resource)
      when { context has facts.restoreTestedBackup && context.facts.restoreTestedBackup };`
    const config = configOf([BACKED])
    const backed = (backup: Facts['backup']) =>
      decided(config, {
        ...call(['write']),
        facts: { ...facts, ...(backup && { backup }), restoreTestedBackup: true },
      }).verdict
    expect(backed({ restoreTested: true, separateAuthority: true })).toBe('permit')
    expect(backed({ restoreTested: true, separateAuthority: false })).toBe('deny')
    expect(backed({ separateAuthority: true })).toBe('deny')
  })

  it('does no more than was granted to its task and to every task above (I9)', () => {
    const config = configOf([EVERYTHING])
    expect(decided(config, call(['write']), ['read'])).toMatchObject({ verdict: 'deny', code: 'denied' })
    expect(decided(config, call(['write']), ALL, [held(['read'], 'lead')])).toMatchObject({ verdict: 'deny' })
    expect(decided(config, call(['write']), ALL, [held(ALL, 'lead')])).toMatchObject({ verdict: 'permit' })
    const notLead = '@id("lead") forbid(principal == Agent::"lead", action in Action::"write", resource);'
    expect(decided(configOf([EVERYTHING, notLead]), call(['write']), ALL, [held(ALL, 'lead')])).toMatchObject(
      { verdict: 'deny', policies: ['everything', 'lead'] },
    )
  })

  it('is nothing in a protected environment while nobody could approve (I4c)', () => {
    const config = configOf([EVERYTHING], { tier: 'protected' })
    expect(decided(config, call(['read']))).toMatchObject({
      verdict: 'deny',
      code: 'protected_without_approver',
    })
  })
})
