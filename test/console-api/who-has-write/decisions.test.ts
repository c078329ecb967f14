import { ACCESS } from '@credbroker/core/access'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Config, LiveConfig } from '../../../apps/broker/src/application/config/live-config.ts'
import type { KeyUser } from '../../../apps/broker/src/application/identity/caller.ts'
import { whoHasWrite } from '../../../apps/broker/src/application/reports/who-has-write.ts'
import { EASE, really } from './real-task.ts'
import { configOf, now, OPERATIONS, shapes } from './world.ts'

const viewer = { kind: 'user', via: 'key', name: 'mia', roles: ['viewer'] } as unknown as KeyUser

const report = async (config: Config) =>
  await whoHasWrite({
    config: { newest: async () => config } as unknown as LiveConfig,
    lastUses: { of: async () => [] },
    clock: { now: () => now },
    pause: async () => undefined,
  })(viewer, { limit: 200, unusedDays: 90 })

const world = (...policies: string[]): Config =>
  configOf({
    policies,
    changed: [],
    holders: ['mia'],
    rows: {
      users: [{ name: 'mia', source: 'files', disabled: false, roles: ['admin'], invitedBy: null }],
      environments: [
        {
          name: 'staging',
          source: 'files',
          disabled: false,
          tier: 'standard',
          backups: [],
          recoveryGroup: 'staging',
        },
      ],
      agents: [
        {
          name: 'ann',
          source: 'files',
          disabled: false,
          owner: 'mia',
          teams: [],
          tool: null,
          model: null,
          maxTaskSeconds: 900,
          trust: [],
        },
      ],
      roots: [
        {
          name: 'account',
          source: 'files',
          disabled: false,
          provider: 'railway',
          state: 'spanning',
          owner: 'mia',
          declaredEnvironment: null,
        },
      ],
      root_environments: [{ root: 'account', environment: 'staging' }],
      scopes: [
        {
          name: 'calls',
          source: 'files',
          disabled: false,
          root: 'account',
          environment: 'staging',
          provider: 'railway',
          connector: 'railway',
          side: 'primary',
          maxTtlSeconds: 900,
          access: ['read', 'write', 'delete', 'execute'],
          operations: OPERATIONS,
          allow: {},
        },
      ],
      controls: [{ name: 'controls', freezes: [] }],
    },
  })
const waysOf = async (config: Config) => {
  const { items } = await report(config)
  const ann = items.find(({ principal }) => principal === 'agent:ann')
  if (ann?.kind !== 'agent') throw new Error('ann is missing')
  return Object.fromEntries(
    ann.cells.flatMap(({ access, ways }) =>
      ways.map(({ answer, approval, operations, conditions }) => [
        access,
        [approval ?? answer, ...(operations ?? []), ...(conditions ?? [])].join(' '),
      ]),
    ),
  )
}

describe('who has write', () => {
  it('names what else it depends on, where a plain task gets less', async () => {
    expect(
      await waysOf(world('permit(principal, action, resource) when { context.task has ticket };')),
    ).toEqual({
      read: 'yes ticket',
      write: 'yes ticket',
      delete: 'passkey ticket',
      execute: 'passkey ticket',
    })
    const closed =
      'forbid(principal, action in Action::"delete", resource) when { context.ttlSeconds > 600 };'
    expect(await waysOf(world('permit(principal, action, resource);', closed))).toEqual({
      read: 'yes',
      write: 'yes',
      delete: 'passkey ttl',
      execute: 'passkey',
    })
    const calls =
      'permit(principal, action in Action::"read", resource) when { context.phase == Phase::"grant" || (context has facts.touches && context.facts.touches.contains(Side::"backup")) };'
    expect(await waysOf(world(calls))).toEqual({ read: 'yes call' })
  })

  it('names the operations, where policy denies the level and permits them', async () => {
    expect(
      await waysOf(world('permit(principal, action == Action::"railway:volumeWipe", resource);')),
    ).toEqual({ delete: 'passkey railway:volumeWipe' })
  })

  it('says of every agent, scope and level what a task that asks for it gets', async () => {
    const seen = new Map<string, number>()
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const config = configOf(shape)
        const { items } = await report(config)
        for (const item of items) {
          if (item.kind !== 'agent') continue
          const agent = item.principal.slice('agent:'.length)
          for (const { row: scope } of config.snapshot.rows.scopes) {
            const plain = await really(config, agent, scope.name, scope.environment, {
              ticket: null,
              ttlSeconds: 900,
            })
            const other = await really(config, agent, scope.name, scope.environment, {
              ticket: 'PAY-1',
              ttlSeconds: 300,
            })
            for (const access of ACCESS) {
              const way = item.cells
                .find((cell) => cell.environment === scope.environment && cell.access === access)
                ?.ways.find((one) => one.scope === scope.name)
              const said = way && (way.approval ?? way.answer)
              if (!way?.conditions)
                expect({ agent, scope: scope.name, access, said }).toEqual({
                  agent,
                  scope: scope.name,
                  access,
                  said: plain.get(access),
                })
              for (const got of [plain, other]) {
                const answer = got.get(access)
                if (answer !== undefined) expect(EASE.indexOf(said as string)).toBeGreaterThan(-1)
                if (answer !== undefined)
                  expect(EASE.indexOf(said as string)).toBeLessThanOrEqual(EASE.indexOf(answer))
              }
              count(`${said} ${way?.conditions ? 'depends' : 'plain'}`)
            }
          }
        }
      }),
      { numRuns: 25 },
    )
    const met = ['yes plain', 'passkey plain', 'undefined plain']
    expect([...seen.keys()]).toEqual(expect.arrayContaining(met))
  })
})
