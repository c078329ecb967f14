import type { Role } from '@credbroker/core/config/document'
import { BrokerError } from '@credbroker/core/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { User } from '../../domain/config.ts'
import type { ConfigWrite } from '../../ports/config-store.ts'
import type { UserCaller } from '../identity/caller.ts'
import type { ApplyDeps } from './apply-config.ts'
import { disable } from './disable.ts'

const user = (name: string, ...roles: Role[]): User => ({
  name,
  source: 'files',
  disabled: false,
  roles,
  invitedBy: null,
})
const callerOf = ({ name, roles }: User) =>
  ({ kind: 'user', name, roles, jkt: 'key', requestId: 'req', proof: {} }) as unknown as UserCaller

/** A store in memory, whose every step is one turn of the scheduler's: it decides who comes first. */
function world(users: readonly User[], scheduler: fc.Scheduler) {
  let version = 1
  const stored = new Map(users.map((row) => [row.name, row]))
  const snapshotNow = () => {
    const rows = new Map(stored)
    return {
      version,
      rows: { users: [...rows.values()].map((row) => ({ row, intact: true })) },
      find: (_table: string, name: string) => rows.get(name),
      user: (name: string) => rows.get(name),
    }
  }
  const read = scheduler.scheduleFunction(async () => ({ snapshot: snapshotNow() }))
  const write = scheduler.scheduleFunction(async (change: ConfigWrite) => {
    if (change.expectedVersion !== version) throw new BrokerError('conflict')
    version++
    for (const row of change.rows) if ('put' in row) stored.set((row.put as User).name, row.put as User)
  })
  const deps = {
    config: { refresh: read, newest: read },
    store: { write },
    macs: { mac: () => 'mac' },
    end: async () => ({ tasks: [], grants: [], leases: [] }),
    record: () => ({ record: '', leaf: Buffer.alloc(0) }),
  } as unknown as ApplyDeps
  return {
    deps,
    admins: () => [...stored.values()].filter((row) => !row.disabled && row.roles.includes('admin')),
  }
}

const codeOf = async (work: Promise<unknown>) =>
  await work.then(
    () => 'done',
    (error) => (error as BrokerError).code,
  )

describe('disabling administrators', () => {
  it('that disable one another at the same moment, or one after the other, leaves one of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, count) => {
        const admins = Array.from({ length: count }, (_, at) => user(`admin-${at}`, 'admin'))
        const { deps, admins: left } = world(admins, scheduler)
        // All were let in before any of it happened.
        const callers = admins.map(callerOf)
        const results = callers.map((caller, at) =>
          codeOf(disable(deps)(caller, 'users', `admin-${(at + 1) % count}`)),
        )
        await scheduler.waitFor(Promise.all(results))
        expect(left().length).toBeGreaterThan(0)
      }),
    )
  })

  it('refuses to disable oneself, and who was disabled or demoted a moment ago disables nobody', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, demoted) => {
        const admin = user('admin', 'admin')
        const late = demoted ? user('late', 'viewer') : { ...user('late', 'admin'), disabled: true }
        const { deps } = world([admin, late, user('noa', 'admin')], scheduler)
        const asked = [
          codeOf(disable(deps)(callerOf(admin), 'users', 'admin')),
          codeOf(disable(deps)(callerOf({ ...late, roles: ['admin'] }), 'users', 'noa')),
        ]
        await scheduler.waitFor(Promise.all(asked))
        expect(await Promise.all(asked)).toEqual(['forbidden', 'forbidden'])
      }),
    )
  })
})
