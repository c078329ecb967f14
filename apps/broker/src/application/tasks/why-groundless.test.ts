import type { Access } from '@credbroker/core/access'
import { BrokerError } from '@credbroker/core/errors'
import type { Decision } from '@credbroker/policy/decision'
import { describe, expect, it, vi } from 'vitest'
import type { LivingWork } from '../../ports/task-store.ts'
import type { Config, LiveConfig } from '../config/live-config.ts'
import { endGroundless, watchGround } from './end-groundless.ts'
import { type Footing, groundOf } from './ground.ts'
import { whyGroundless } from './why-groundless.ts'

const now = new Date('2026-04-25T09:00:00Z')

const base = {
  users: { mia: { name: 'mia', disabled: false }, noa: { name: 'noa', disabled: false } },
  agents: { fixer: { name: 'fixer', owner: 'mia', disabled: false, teams: [], maxTaskSeconds: 3600 } },
  environments: { staging: { name: 'staging', tier: 'standard', disabled: false } },
  roots: {
    db: {
      name: 'db',
      provider: 'p',
      declaredEnvironment: 'staging',
      owner: 'mia',
      state: 'usable',
      disabled: false,
      service: null as string | null,
    },
  },
  root_environments: { 'db@staging': {} as object | undefined },
  scopes: {
    ro: {
      name: 'ro',
      root: 'db',
      environment: 'staging',
      provider: 'p',
      side: 'primary',
      allow: { a: 1, b: [2] } as object,
      access: ['read'] as Access[],
      maxTtlSeconds: 900,
      disabled: false,
    },
  },
  anchors: [{ vendor: 'v', id: 'x', environment: 'staging', shared: false }],
  freezes: [] as { target: string }[],
  verdict: 'permit' as Decision['verdict'],
  atMint: undefined as Decision['verdict'] | undefined,
  tampered: '' as string,
}
type World = typeof base

function configOf(edit: (world: World) => unknown = () => {}): Config {
  const world = structuredClone(base)
  edit(world)
  const find = (table: string, key: string) => {
    if (world.tampered === table) throw new BrokerError('tampered')
    return (world as unknown as Record<string, Record<string, unknown>>)[table]?.[key]
  }
  const snapshot = {
    version: 1,
    rows: { users: [] },
    passkeyHolders: new Set(),
    find,
    user: (key: string) => find('users', key),
    agent: (key: string) => find('agents', key),
    environment: (key: string) => find('environments', key),
    root: (key: string) => find('roots', key),
    scope: (key: string) => find('scopes', key),
    anchorsOf: () => world.anchors,
    controls: () => ({ freezes: world.freezes }),
  }
  const decide = ({ phase }: { phase: string }) => ({
    verdict: phase === 'mint' ? (world.atMint ?? world.verdict) : world.verdict,
    policies: [],
    reasons: [],
    ...(world.verdict === 'approval' && { level: 'passkey' }),
  })
  return { snapshot, decide } as unknown as Config
}

const workOn = (footing: Footing = 'permit', edit: Partial<LivingWork> = {}): LivingWork => ({
  task: 'task',
  agent: 'fixer',
  owner: 'mia',
  environment: 'staging',
  purpose: 'x',
  ticket: null,
  seconds: 1800,
  endsAt: new Date(now.getTime() + 600_000),
  isChild: false,
  grant: {
    id: 'grant',
    scope: 'ro',
    access: ['read'],
    ground: groundOf(configOf().snapshot, base.scopes.ro as never, footing),
    leaseSeconds: 900,
  },
  ...edit,
})

const GRANT = { grants: ['grant'] }
const TASK = { tasks: ['task'] }

describe('whose work ends with a change of the configuration', () => {
  it.each<[string, (world: World) => unknown, object]>([
    ['a narrower scope', (w) => Object.assign(w.scopes.ro, { allow: { a: 1 } }), GRANT],
    ['a scope of another root', (w) => Object.assign(w.scopes.ro, { root: 'other' }), { scope: 'ro' }],
    ['a scope on the other side (I5)', (w) => Object.assign(w.scopes.ro, { side: 'backup' }), GRANT],
    ['a scope that can do more', (w) => w.scopes.ro.access.push('write'), GRANT],
    ['a shorter life of credentials (I3)', (w) => Object.assign(w.scopes.ro, { maxTtlSeconds: 899 }), GRANT],
    ['a disabled scope', (w) => Object.assign(w.scopes.ro, { disabled: true }), { scope: 'ro' }],
    ['a root that became unusable', (w) => Object.assign(w.roots.db, { state: 'unusable' }), { scope: 'ro' }],
    [
      'a root of another environment',
      (w) => Object.assign(w.roots.db, { declaredEnvironment: 'other' }),
      GRANT,
    ],
    [
      'a root taken out',
      (w) => Object.assign(w.root_environments, { 'db@staging': undefined }),
      { scope: 'ro' },
    ],
    ['an anchor that went', (w) => w.anchors.splice(0), GRANT],
    ['an environment anchored anew', (w) => Object.assign(w.anchors[0] ?? {}, { id: 'y' }), GRANT],
    [
      'an anchor that others may share now',
      (w) => Object.assign(w.anchors[0] ?? {}, { shared: true }),
      GRANT,
    ],
    [
      'a disabled environment',
      (w) => Object.assign(w.environments.staging, { disabled: true }),
      { environment: 'staging' },
    ],
    ['a shorter life of tasks (I3)', (w) => Object.assign(w.agents.fixer, { maxTaskSeconds: 1799 }), TASK],
    ['an agent of another owner (I11)', (w) => Object.assign(w.agents.fixer, { owner: 'noa' }), TASK],
    ['a disabled agent', (w) => Object.assign(w.agents.fixer, { disabled: true }), { agent: 'fixer' }],
    ['a disabled owner (I11)', (w) => Object.assign(w.users.mia, { disabled: true }), { agent: 'fixer' }],
    ['a policy or a team that carried it no more (I10)', (w) => Object.assign(w, { verdict: 'deny' }), GRANT],
    ['a policy that wants a person by now (I4)', (w) => Object.assign(w, { verdict: 'approval' }), GRANT],
    ['a policy that lets nothing be minted any more', (w) => Object.assign(w, { atMint: 'deny' }), GRANT],
    ['a freeze', (w) => w.freezes.push({ target: 'all' }), { all: true }],
    ['a freeze of the agent', (w) => w.freezes.push({ target: 'agent:fixer' }), { agent: 'fixer' }],
  ])('%s', (_what, edit, selector) => {
    expect(whyGroundless(configOf(edit), workOn(), now)?.selector).toEqual(selector)
  })

  it.each<[string, (world: World) => unknown]>([
    ['nothing that changed', () => {}],
    ['its members in another order', (w) => Object.assign(w.scopes.ro, { allow: { b: [2], a: 1 } })],
    ['a longer life', (w) => Object.assign(w.scopes.ro, { maxTtlSeconds: 901 })],
    ['longer tasks', (w) => Object.assign(w.agents.fixer, { maxTaskSeconds: 7200 })],
    ['a root of another service', (w) => Object.assign(w.roots.db, { service: 'shop' })],
    ['a new anchor', (w) => w.anchors.push({ ...(w.anchors[0] as (typeof w.anchors)[0]), id: 'z' })],
    ['a freeze of somebody else', (w) => w.freezes.push({ target: 'agent:other' })],
    ['a row that is not ours: people look at that (I13)', (w) => Object.assign(w, { tampered: 'scopes' })],
  ])('nobody’s with %s', (_what, edit) => {
    expect(whyGroundless(configOf(edit), workOn(), now)).toBeUndefined()
  })

  it('what a person approved goes on while policy wants a person, and ends where it says no (I4)', () => {
    const approval = configOf((w) => Object.assign(w, { verdict: 'approval' }))
    expect(whyGroundless(approval, workOn('approval'), now)).toBeUndefined()
    expect(whyGroundless(configOf(), workOn('approval'), now)).toBeUndefined()
    const deny = configOf((w) => Object.assign(w, { verdict: 'deny' }))
    expect(whyGroundless(deny, workOn('approval'), now)?.selector).toEqual(GRANT)
  })

  it('a call is held to its grant: what policy permits besides ends nothing, what it takes away does (I10)', () => {
    const gateway = (access: Access[], edit: (world: World) => unknown = () => {}) =>
      configOf((w) => {
        Object.assign(w.scopes.ro, { connector: 'http', access })
        edit(w)
      })
    const scope = gateway(['read']).snapshot.scope('ro') as never
    const grant = {
      id: 'grant',
      scope: 'ro',
      access: ['read'] as const,
      ground: groundOf(gateway(['read']).snapshot, scope, 'permit'),
      leaseSeconds: null,
    }
    const end = (config: Config, more: object = {}) =>
      whyGroundless(config, workOn('permit', { grant: { ...grant, ...more } }), now)?.selector
    expect(end(gateway(['read', 'write']))).toBeUndefined()
    expect(end(gateway(['read']), { access: ['read', 'write'] })).toEqual(GRANT)
    expect(
      end(
        gateway(['read'], (w) => Object.assign(w, { atMint: 'deny' })),
        { leaseSeconds: 300 },
      ),
    ).toBeUndefined()
    expect(end(configOf())).toEqual(GRANT)
  })

  it('a task that was handed on keeps whoever answers for the first of them (I9)', () => {
    const handedOn = workOn('permit', { isChild: true, owner: 'noa' })
    expect(whyGroundless(configOf(), handedOn, now)).toBeUndefined()
  })
})

describe('ending it', () => {
  const works = [workOn(), workOn('permit', { task: 'second', owner: 'noa', grant: null })]
  const setUp = (config: Config) => {
    const end = vi.fn(async () => ({ tasks: [], grants: [], leases: [] }))
    const live = { newest: vi.fn(async () => config) } as unknown as LiveConfig
    const look = vi.fn(async (see: (batch: readonly LivingWork[]) => void) => {
      for (const work of works) see([work])
    })
    return {
      end,
      live,
      look,
      run: endGroundless({ config: live, tasks: { living: look }, end, clock: { now: () => now } }),
    }
  }

  it('names each grant and task once, whoever asks for it', async () => {
    const { end, run } = setUp(configOf((w) => Object.assign(w, { verdict: 'deny' })))
    const by = { kind: 'system' as const, id: 'test' }
    await run(by)
    expect(end.mock.calls).toEqual([
      [{ tasks: ['second'] }, 'revoked', by],
      [GRANT, 'revoked', by],
    ])
  })

  it('ends nothing by a configuration that was replaced while one looked: what began since may stand on the new one', async () => {
    const forbidding = configOf((w) => Object.assign(w, { verdict: 'deny' }))
    const permitting = configOf()
    Object.assign(permitting.snapshot, { version: 2 })
    const { end, live, look, run } = setUp(forbidding)
    look.mockImplementationOnce(async (see) => {
      vi.mocked(live.newest).mockResolvedValue(permitting)
      see([workOn()])
    })
    const by = { kind: 'system' as const, id: 'test' }
    await run(by)
    expect(look).toHaveBeenCalledTimes(2)
    expect(end.mock.calls).toEqual([[{ tasks: ['second'] }, 'revoked', by]])
  })

  it('is done again in the background by whoever lives, twice after each change and not for ever', async () => {
    const config = configOf((w) => Object.assign(w, { verdict: 'deny' }))
    const { end, live, look, run } = setUp(config)
    const chore = watchGround(live, run)
    for (let round = 0; round < 5; round++) await chore()
    expect(look).toHaveBeenCalledTimes(2)
    expect(end).toHaveBeenCalledWith(GRANT, 'revoked', { kind: 'system', id: 'groundless' })
    ;(config.snapshot as { version: number }).version = 2
    for (let round = 0; round < 5; round++) await chore()
    expect(look).toHaveBeenCalledTimes(4)
  })
})
