import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Task } from '@credbroker/sdk/task'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startStaging } from '../e2e/shops.ts'
import { Approver } from '../harness/approver.ts'
import { letBackIn } from '../harness/offline.ts'
import { tampering } from './by-hand.ts'

let world: Awaited<ReturnType<typeof startStaging>>
let task: Task
beforeAll(async () => {
  world = await startStaging()
}, 180_000)
afterAll(() => world?.stop())

const database = (statement: string) => world.staging.admin(statement, 'credbroker')
const whileTampered = tampering(database)
const start = () =>
  world.agent.client.startTask({ environment: 'staging', purpose: 'x', scopes: ['orders-ro'] })
/** What the trigger would do. */
const RAISE = 'UPDATE config_head SET version = version + 1'
const mint = () => task.credential('orders-ro')
const ask = (path: string) => world.broker.admin.request({ method: 'GET', path })

beforeEach(async () => {
  task = await start()
  await mint()
  return () => task.end()
})

/** All that is logged is vouched for outside the database, and with it the newest manifest. */
const checkpointed = () =>
  vi.waitUntil(
    async () => {
      const text = await readFile(join(world.broker.stateDir, 'checkpoints'), 'utf8')
      const [row] = await database(`SELECT body ->> 'version' AS v FROM controls WHERE name = 'manifest'`)
      return text.includes(`\nconfig ${row?.['v']}\n`)
    },
    { timeout: 20_000, interval: 200 },
  )

describe('what is sealed counts only as it was written last (I13)', () => {
  it('a row put back as it was once sealed: a scope that lived longer', async () => {
    await database(`CREATE TABLE old AS SELECT body, mac FROM scopes WHERE name = 'orders-ro'`)
    const yaml = join(world.files, 'broker.yaml')
    const text = await readFile(yaml, 'utf8')
    await writeFile(
      yaml,
      text.replace(
        'orders-ro: { root: staging-orders, environment: staging, maxTtl: 10m',
        'orders-ro: { root: staging-orders, environment: staging, maxTtl: 9m',
      ),
    )
    expect(await world.broker.cli(['apply', '-f', world.files, '--yes'])).toMatchObject({ code: 0 })
    // What a scope gave for longer has ended with the change.
    task = await start()
    await mint()
    await whileTampered(
      `CREATE TABLE kept AS SELECT body, mac FROM scopes WHERE name = 'orders-ro';
       UPDATE scopes SET body = old.body, mac = old.mac FROM old WHERE name = 'orders-ro'`,
      `UPDATE scopes SET body = kept.body, mac = kept.mac FROM kept WHERE name = 'orders-ro'; DROP TABLE kept`,
      async () => {
        await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
        expect(await ask('/v1/scopes/orders-ro')).toMatchObject({ tampered: true, max_ttl_seconds: 600 })
      },
    )
    await mint()
    // Applying what the row put back says seals it again: it is the wanted one then.
    await database(
      `UPDATE scopes SET body = old.body, mac = old.mac FROM old WHERE name = 'orders-ro'; DROP TABLE old`,
    )
    await writeFile(yaml, text)
    expect(await world.broker.cli(['apply', '-f', world.files, '--yes'])).toMatchObject({ code: 0 })
    expect(await ask('/v1/scopes/orders-ro')).toMatchObject({ tampered: false })
    task = await start()
    await mint()
  })

  it.each([
    ['an anchor', 'anchors', `environment = 'staging'`],
    ['a policy that forbids, perhaps', 'policies', `name = 'production.cedar'`],
    ['the use of a root', 'root_environments', `root = 'staging-orders'`],
  ])('%s that was deleted is missed', async (_what, table, row) => {
    // Foreign keys would refuse some of it; with them goes the trigger that raises the version.
    await whileTampered(
      `CREATE TABLE kept AS SELECT body, mac FROM ${table} WHERE ${row}; ALTER TABLE ${table} DISABLE TRIGGER ALL;
       DELETE FROM ${table} WHERE ${row}; ALTER TABLE ${table} ENABLE TRIGGER ALL; ${RAISE}`,
      `INSERT INTO ${table} (body, mac) SELECT body, mac FROM kept; DROP TABLE kept`,
      async () => {
        await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
        await expect(start()).rejects.toMatchObject({ code: 'tampered' })
        expect(await ask('/v1/integrity')).toMatchObject({ items: [{ table, gone: true }] })
      },
    )
    expect(await ask('/v1/integrity')).toEqual({ items: [] })
    await mint()
  })

  it.each([
    [
      'the manifest is gone',
      `CREATE TABLE kept AS SELECT body, mac FROM controls WHERE name = 'manifest'; DELETE FROM controls WHERE name = 'manifest'`,
      'INSERT INTO controls (body, mac) SELECT body, mac FROM kept; DROP TABLE kept',
    ],
    [
      'the row of its root was put back',
      `CREATE TABLE kept AS SELECT body, mac FROM roots; UPDATE roots SET body = earlier.body, mac = earlier.mac FROM earlier WHERE name = 'staging-orders'`,
      'UPDATE roots SET body = kept.body, mac = kept.mac FROM kept WHERE roots.name = kept.body ->> $$name$$; DROP TABLE kept',
    ],
  ])('what lives is ended at its vendor although %s (I7, I8)', async (what, change, undo) => {
    if (what.includes('root')) {
      await database(`CREATE TABLE earlier AS SELECT body, mac FROM roots WHERE name = 'staging-orders'`)
      await world.broker.admin.request({ method: 'POST', path: '/v1/roots/staging-orders/check' })
      task = await start()
    }
    const lease = await mint()
    const [row] = await database(`SELECT name FROM leases WHERE id = '${lease.id}'`)
    const alive = () => world.staging.admin(`SELECT FROM pg_roles WHERE rolname = '${row?.['name']}'`)
    expect(await alive()).toHaveLength(1)
    await whileTampered(change, undo, async () => {
      await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
      await database(`UPDATE leases SET due_at = clock_timestamp() WHERE id = '${lease.id}'`)
      await vi.waitFor(async () => expect(await alive()).toHaveLength(0), { timeout: 20_000, interval: 200 })
    })
    task = await start()
    await mint()
  })

  it('the manifest put back together with the rows it names: while a broker runs everything is denied, and a restarted one is frozen', async () => {
    await database(
      `CREATE TABLE old AS SELECT 'agents' AS at, body, mac FROM agents UNION ALL SELECT 'controls', body, mac FROM controls`,
    )
    await world.broker.admin.request({ method: 'DELETE', path: '/v1/agents/other' })
    const older = `UPDATE agents t SET body = old.body, mac = old.mac FROM old WHERE old.at = 'agents' AND old.body ->> 'name' = t.name;
      UPDATE controls t SET body = old.body, mac = old.mac FROM old WHERE old.at = 'controls' AND old.body ->> 'name' = t.name`
    await checkpointed()
    await database(older)
    await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
    await expect(start()).rejects.toMatchObject({ code: 'tampered' })
    await expect(ask('/v1/agents/other')).rejects.toMatchObject({ code: 'tampered' })
    await world.broker.kill9()
    await world.broker.restart()
    expect(world.broker.log()).toContain('booting frozen')
    await expect(start()).rejects.toMatchObject({ code: 'frozen' })
    // Nobody knows any more whether somebody could approve, so a person has to (I4c).
    const unfreeze = (headers = {}) =>
      world.broker.admin.request({ method: 'POST', path: '/v1/unfreeze', body: { all: true }, headers })
    await expect(unfreeze()).rejects.toMatchObject({ code: 'protected_without_approver' })
    const admin = new Approver(await letBackIn(world.broker, world.staging.server.url, 'admin'))
    await unfreeze()
    const id = (await admin.waiting())[0]?.id ?? ''
    await admin.approve(id)
    await unfreeze({ 'broker-approval': id })
    await world.broker.restart()
    task = await start()
    await mint()
  })
})
