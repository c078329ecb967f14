import { expect, it } from 'vitest'
import type { LiveConfig } from '../../../apps/broker/src/application/config/live-config.ts'
import type { KeyUser } from '../../../apps/broker/src/application/identity/caller.ts'
import { whoHasWrite } from '../../../apps/broker/src/application/reports/who-has-write.ts'
import { configOf, now } from './world.ts'

const viewer = { kind: 'user', via: 'key', name: 'vic', roles: ['viewer'] } as unknown as KeyUser
const files = { source: 'files', disabled: false } as const
const user = (name: string, roles: string[]) => ({ name, ...files, roles, invitedBy: null })
const environment = (name: string, tier: string) => ({
  name,
  ...files,
  tier,
  backups: [],
  recoveryGroup: name,
})
const scope = (environment: string) => ({
  name: `db-${environment}`,
  ...files,
  root: 'db',
  environment,
  provider: 'postgres-role',
  connector: null,
  side: 'primary',
  maxTtlSeconds: 900,
  access: ['delete'],
  allow: {},
})

/** One scope that deletes in each of two environments, and whoever has a passkey. */
async function said(holders: readonly string[], owner = 'own') {
  const config = configOf({
    policies: ['permit(principal, action, resource);'],
    changed: [],
    holders,
    rows: {
      users: [
        user('ada', ['admin']),
        user('all', ['admin', 'approver']),
        user('app', ['approver']),
        user('ops', ['operator']),
        user('own', ['approver']),
        user('vic', ['viewer']),
      ],
      environments: [environment('lab', 'standard'), environment('prod', 'protected')],
      agents: [
        {
          name: 'fixer',
          ...files,
          owner,
          teams: [],
          tool: null,
          model: null,
          maxTaskSeconds: 900,
          trust: [],
        },
      ],
      roots: [
        {
          name: 'db',
          ...files,
          provider: 'postgres-role',
          state: 'usable',
          owner: 'own',
          declaredEnvironment: null,
        },
      ],
      root_environments: ['lab', 'prod'].map((name) => ({ root: 'db', environment: name })),
      scopes: [scope('lab'), scope('prod')],
      controls: [{ name: 'controls', freezes: [] }],
    },
  })
  const { items } = await whoHasWrite({
    config: { newest: async () => config } as unknown as LiveConfig,
    lastUses: { of: async () => [] },
    clock: { now: () => now },
    pause: async () => undefined,
  })(viewer, { access: 'delete', limit: 100, unusedDays: 90 })
  return Object.fromEntries(
    items.map(({ principal, cells }) => [
      principal,
      Object.fromEntries(
        cells.map((cell) => [
          cell.environment,
          [cell.answer, ...('because' in cell ? cell.because.map(({ means }) => means) : [])].join(' '),
        ]),
      ),
    ]),
  )
}

it('before anybody could approve, an admin brings about everything, and nobody else what needs a person', async () => {
  expect(await said([])).toEqual({
    'agent:fixer': { lab: 'with-approval' },
    'user:ada': { lab: 'yes configuration', prod: 'yes configuration' },
    'user:all': { lab: 'yes configuration', prod: 'yes configuration' },
    'user:app': {},
    'user:ops': {},
    'user:own': { lab: 'with-approval owns-agent' },
    'user:vic': {},
  })
})

it('afterwards an admin needs another for what is protected, unless they approve as well (I4c)', async () => {
  expect(await said(['ada', 'all', 'app'])).toEqual({
    'agent:fixer': { lab: 'with-approval', prod: 'with-approval' },
    'user:ada': { lab: 'yes configuration break-glass', prod: 'with-approval configuration break-glass' },
    'user:all': {
      lab: 'yes configuration break-glass approves',
      prod: 'yes configuration break-glass approves',
    },
    'user:app': { lab: 'with-approval approves', prod: 'with-approval approves' },
    'user:ops': {},
    'user:own': { lab: 'with-approval owns-agent', prod: 'with-approval owns-agent' },
    'user:vic': {},
  })
})

it('whoever owns an agent and may approve brings about alone what one person approves', async () => {
  const { 'user:own': own } = await said(['own'])
  expect(own).toEqual({ lab: 'yes owns-agent approves', prod: 'yes owns-agent approves' })
})
