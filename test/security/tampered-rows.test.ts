import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import type { Task } from '@credbroker/sdk/task'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startStaging } from '../e2e/shops.ts'
import { auditHas } from './audit.ts'
import { tampering } from './by-hand.ts'

let world: Awaited<ReturnType<typeof startStaging>>
let task: Task
beforeAll(async () => {
  world = await startStaging()
}, 180_000)
afterAll(() => world?.stop())

const database = (statement: string) => world.staging.admin(statement, 'credbroker')
const whileTampered = tampering(database)
const start = (scope = 'orders-ro') =>
  world.agent.client.startTask({ environment: 'staging', purpose: 'x', scopes: [scope] })
const mint = () => task.credential('orders-ro')
const ask = (path: string) => world.broker.admin.request({ method: 'GET', path })

beforeEach(async () => {
  task = await start()
  await mint()
  return () => task.end()
})

const body = (table: string, row: string, path: string, value: string) => ({
  change: `CREATE TABLE kept AS SELECT ctid AS at, * FROM ${table} WHERE ${row};
    UPDATE ${table} SET body = jsonb_set(body, '{${path}}', '${value}') WHERE ${row}`,
  undo: `UPDATE ${table} t SET body = kept.body FROM kept WHERE t.mac = kept.mac; DROP TABLE kept`,
})

describe('a row changed by hand is noticed at its next use and denied (I13)', () => {
  it.each([
    ['a scope that may do more', body('scopes', `name = 'orders-ro'`, 'allow,template', '"read-write"')],
    ['a scope that lives longer', body('scopes', `name = 'orders-ro'`, 'maxTtlSeconds', '28800')],
    ['an anchor that claims more', body('anchors', `environment = 'staging'`, 'shared', 'true')],
    ['a milder tier', body('environments', `name = 'staging'`, 'tier', '"disposable"')],
    ['a root that is said to reach less', body('roots', `name = 'staging-orders'`, 'reach', '[]')],
    ['a use of a root', body('root_environments', `root = 'staging-orders'`, 'more', '1')],
    ['an agent in more teams', body('agents', `name = 'fixer'`, 'teams', '["payments", "admins"]')],
    ['the owner of an agent', body('users', `name = 'mia'`, 'roles', '["admin"]')],
    [
      'a policy that permits more',
      body('policies', `name = 'staging.cedar'`, 'text', '"permit(principal, action, resource);"'),
    ],
    [
      'the list of what is frozen',
      body(
        'controls',
        `name = 'controls'`,
        'freezes',
        '[{"target":"agent:x","by":"mia","at":"2026-01-01T00:00:00.000Z","reason":null}]',
      ),
    ],
  ])('%s', async (_what, { change, undo }) => {
    await whileTampered(change, undo, async () => {
      await expect(mint()).rejects.toMatchObject({ code: 'tampered', status: 403 })
      await expect(start()).rejects.toMatchObject({ code: 'tampered' })
    })
    await mint()
  })

  it('a policy that was deleted, a forbid perhaps, and one that was put beside the others', async () => {
    const keep = 'CREATE TABLE kept AS SELECT body, mac FROM policies'
    const undo =
      'DELETE FROM policies; INSERT INTO policies (body, mac) SELECT body, mac FROM kept; DROP TABLE kept'
    const also = `INSERT INTO policies (body, mac) SELECT jsonb_set(body, '{name}', '"z.cedar"'), mac FROM policies LIMIT 1`
    for (const change of [
      `DELETE FROM policies WHERE name = 'production.cedar'`,
      'DELETE FROM policies',
      also,
    ])
      await whileTampered(`${keep}; ${change}`, undo, async () => {
        await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
      })
    await mint()
  })

  it('a policy put beside the others does not become one by applying; people put it away, or put back what is gone', async () => {
    const path = '/v1/policies/night-shift'
    const admin = (method: 'PUT' | 'DELETE', body?: object) =>
      world.broker.admin.request({ method, path, ...(body && { body }) })
    const text =
      '@id("night-shift") @reason("Not now.") forbid(principal == Agent::"other", action, resource);'
    const byHand = { name: 'night-shift', source: 'api', text: 'permit(principal, action, resource);' }
    const apply = () => world.broker.cli(['apply', '-f', world.files, '--yes', '--json'])
    await database(`INSERT INTO policies (body, mac) VALUES ('${JSON.stringify(byHand)}', 'x')`)
    const applied = await apply()
    expect(applied).toMatchObject({ code: 0 })
    expect(applied.stdout).toContain('policies.night-shift')
    await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
    await admin('DELETE')
    await mint()
    await admin('PUT', { text })
    await database(`DELETE FROM policies WHERE name = 'night-shift'`)
    await apply()
    await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
    await admin('PUT', { text })
    await mint()
    await database(`DELETE FROM policies WHERE name = 'night-shift'`)
    await admin('DELETE')
    await mint()
  })

  it('a root that is said to reach less is not believed when files drop it and name it again (I2)', async () => {
    const file = join(world.files, 'broker.yaml')
    const text = await readFile(file, 'utf8')
    const apply = async (yaml: string) => {
      await writeFile(file, yaml)
      expect(await world.broker.cli(['apply', '-f', world.files, '--yes'])).toMatchObject({ code: 0 })
    }
    await database(
      `UPDATE roots SET body = jsonb_set(body, '{identity}', '"nobody"') WHERE name = 'staging-orders'`,
    )
    await apply(text.replace(/^roots:[\s\S]*$/m, 'roots: {}\nscopes: {}\n'))
    await apply(text)
    expect(await ask('/v1/roots/staging-orders')).toMatchObject({ tampered: false, state: 'unusable' })
    await world.broker.admin.request({ method: 'POST', path: '/v1/roots/staging-orders/check' })
    await apply(text)
    expect(await ask('/v1/roots/staging-orders')).toMatchObject({ state: 'usable' })
    task = await start()
    await mint()
  })

  it('the list of what is frozen, deleted: everything is denied, and applying again freezes it all', async () => {
    await world.broker.admin.request({
      method: 'POST',
      path: '/v1/freeze',
      body: { environment: 'production' },
    })
    await database(`DELETE FROM controls WHERE name = 'controls'`)
    await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
    const applied = await world.broker.cli(['apply', '-f', world.files, '--yes'])
    expect(applied.code).toBe(0)
    await expect(start()).rejects.toMatchObject({ code: 'frozen' })
    await expect(mint()).rejects.toMatchObject({ code: expect.stringMatching(/^(frozen|task_ended)$/) })
    await world.broker.admin.request({ method: 'POST', path: '/v1/unfreeze', body: { all: true } })
    const next = await start()
    await next.credential('orders-ro')
    await next.end()
  })

  it.each([
    ['one that allows more', `access = '{read,write}'`],
    ['one that lives longer', `ends_at = ends_at + interval '1 hour'`],
    ['one for another key', `id = 'grt_01jd2q8c0v3m5n7p9r1t3w5y7z'`],
  ])('a grant: %s', async (_what, set) => {
    const other = await start()
    await database(`UPDATE grants SET ${set} WHERE task_id = '${other.id}'`)
    await expect(other.credential('orders-ro')).rejects.toMatchObject({ code: 'tampered' })
    await other.end()
    await auditHas(
      world.broker,
      (entry) => entry.type === 'grant.denied' && entry.code === 'tampered' && entry.task === other.id,
    )
  })

  it.each([
    ['deleted', 'DELETE FROM side_holds WHERE'],
    ['of another agent', `UPDATE side_holds SET holder = 'agent:other' WHERE`],
    ['over the other side', `UPDATE side_holds SET side = 'backup' WHERE`],
    ['of another recovery group', `UPDATE side_holds SET recovery_group = 'nobody' WHERE`],
    ['that is over', `UPDATE side_holds SET during = tstzrange(lower(during), clock_timestamp()) WHERE`],
  ])('a hold over a side that keeps the agent from the other one, %s (I5)', async (_what, change) => {
    const other = await start('orders-rw')
    await other.credential('orders-rw')
    const its = `grant_id IN (SELECT id FROM grants WHERE task_id = '${other.id}')`
    await database(`${change} ${its}`)
    await expect(other.credential('orders-rw')).rejects.toMatchObject({ code: 'tampered' })
    await other.end()
    await database(`DELETE FROM side_holds WHERE ${its}`)
  })

  it('a grant that had ended and was set back to active', async () => {
    const other = await start()
    const [grant] = other.grants
    await world.broker.admin.request({ method: 'DELETE', path: `/v1/grants/${grant?.id}` })
    await database(
      `UPDATE grants SET state = 'active', end_reason = NULL, ended_at = NULL WHERE id = '${grant?.id}'`,
    )
    await expect(other.credential('orders-ro')).rejects.toMatchObject({ code: 'tampered' })
    await other.end()
  })

  it('a task given to another key: the grant was not for it', async () => {
    const other = await world.broker.enrolAgent('other').catch(() => world.broker.identity('other'))
    const stolen = await other.client.request<TaskStarted>({
      method: 'POST',
      path: '/v1/tasks',
      body: { environment: 'staging', purpose: 'x', scopes: ['orders-ro'] },
    })
    await database(
      `UPDATE grants SET task_id = '${stolen.task.id}', scope = 'orders-rw' WHERE task_id = '${task.id}'`,
    )
    await expect(mint()).rejects.toMatchObject({ code: 'not_granted' })
    await database(
      `UPDATE grants SET task_id = '${task.id}', scope = 'orders-ro' WHERE task_id = '${stolen.task.id}' AND scope = 'orders-rw'`,
    )
    await mint()
  })

  it('a key enrolled by hand, or given to somebody else', async () => {
    const { key } = await world.broker.identity('default')
    await whileTampered(
      `UPDATE client_keys SET body = jsonb_set(body, '{principal}', '"user:mia"') WHERE jkt = '${key.thumbprint}'`,
      `UPDATE client_keys SET body = jsonb_set(body, '{principal}', '"user:admin"') WHERE jkt = '${key.thumbprint}'`,
      async () => {
        await expect(ask('/v1/tasks')).rejects.toMatchObject({ code: 'tampered' })
      },
    )
    await ask('/v1/tasks')
  })

  it('an invitation that was redirected to another name', async () => {
    const { token } = await world.broker.admin.request<{ token: string }>({
      method: 'POST',
      path: '/v1/agents/other/invitations',
    })
    await database(
      `UPDATE enrolments SET principal = 'user:admin' WHERE principal = 'agent:other' AND used_at IS NULL`,
    )
    const ran = await world.broker.cli(['enroll', '--profile', 'thief', '--json'], { stdin: token })
    expect(ran.code).not.toBe(0)
    expect(ran.stdout).toContain('tampered')
  })

  it('an invitation whose use was undone: the second key is refused, and the first one with it', async () => {
    const { token } = await world.broker.admin.request<{ token: string }>({
      method: 'POST',
      path: '/v1/agents/other/invitations',
    })
    const redeem = (profile: string) =>
      world.broker.cli(['enroll', '--profile', profile, '--json'], { stdin: token })
    expect(await redeem('first')).toMatchObject({ code: 0 })
    await database(`UPDATE enrolments SET used_at = NULL, used_by = NULL WHERE principal = 'agent:other'`)
    const second = await redeem('second')
    expect(second.code).not.toBe(0)
    expect(second.stdout).toContain('enrolment_invalid')
    const first = await world.broker.identity('first')
    await expect(
      first.client.startTask({ environment: 'staging', purpose: 'x', scopes: ['orders-ro'] }),
    ).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('what is tampered with is shown to people, and applying the files seals it again', async () => {
    await database(
      `UPDATE scopes SET body = jsonb_set(body, '{maxTtlSeconds}', '7') WHERE name = 'orders-ro'`,
    )
    expect(await ask('/v1/scopes/orders-ro')).toMatchObject({ tampered: true })
    const applied = await world.broker.cli(['apply', '-f', world.files, '--yes'])
    expect(applied.code).toBe(0)
    expect(await ask('/v1/scopes/orders-ro')).toMatchObject({ tampered: false, max_ttl_seconds: 600 })
    await mint()
  })

  it('a lease whose vendor-side name was changed: nothing that is not ours is ever revoked (I7)', async () => {
    const lease = await mint()
    const [row] = await database(`SELECT name FROM leases WHERE id = '${lease.id}'`)
    await database(`UPDATE leases SET name = 'shop_owner' WHERE id = '${lease.id}'`)
    await world.broker.admin.request({ method: 'DELETE', path: `/v1/leases/${lease.id}` })
    const known = await world.staging.admin(`SELECT FROM pg_roles WHERE rolname = 'shop_owner'`)
    expect(known).toHaveLength(1)
    const [held] = await database(`SELECT state, last_error FROM leases WHERE id = '${lease.id}'`)
    expect(held).toEqual({ state: 'revoking', last_error: 'tampered' })
    await database(`UPDATE leases SET name = '${row?.['name']}', due_at = now() WHERE id = '${lease.id}'`)
  })
})
