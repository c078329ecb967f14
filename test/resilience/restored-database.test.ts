import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { GrantView } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startStaging, type World } from '../e2e/shops.ts'

let world: Omit<World, 'production' | 'state'>
beforeAll(async () => {
  world = await startStaging()
}, 120_000)
afterAll(() => world?.stop())

const sql = (statement: string) => world.staging.admin(statement, 'postgres')
const roles = async () =>
  (await world.staging.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)).map(
    ({ rolname }) => String(rolname),
  )
const start = () =>
  world.agent.client.startTask({ environment: 'staging', purpose: 'x', scopes: ['orders-ro'], ttl: '10m' })
const list = async <Item>(path: string) =>
  (await world.broker.admin.request<{ items: Item[] }>({ method: 'GET', path })).items

/** How much of the log the checkpoints outside the database vouch for. */
const kept = async () => {
  const text = await readFile(join(world.broker.stateDir, 'checkpoints'), 'utf8')
  return Math.max(0, ...[...text.matchAll(/credbroker\/audit\n(\d+)\n/g)].map(([, size]) => Number(size)))
}
const logged = async () => {
  const [row] = await world.staging.admin(
    'SELECT (SELECT count(*) FROM audit_log) + (SELECT count(*) FROM audit_pending) AS n',
    'credbroker',
  )
  return Number(row?.['n'])
}
const allKept = () =>
  vi.waitUntil(async () => (await kept()) >= (await logged()), { timeout: 20_000, interval: 200 })

/** Nobody may be connected to a database that is copied or removed. */
async function alone(statement: string): Promise<void> {
  await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'credbroker'`)
  await vi.waitUntil(
    () =>
      sql(statement).then(
        () => true,
        () => false,
      ),
    { timeout: 10_000, interval: 100 },
  )
}

it('a restored older database boots frozen, with its grants ended and its orphans swept, until an operator lifts it (I7, I13)', async () => {
  const { broker } = world
  const remembered = await start()
  const before = await remembered.credential('orders-ro')
  await allKept()
  await broker.kill9()
  await alone('CREATE DATABASE older TEMPLATE credbroker OWNER credbroker')
  await sql('REVOKE CONNECT ON DATABASE older FROM PUBLIC')

  await broker.restart()
  const forgotten = await start()
  await forgotten.credential('orders-ro')
  expect(await roles()).toHaveLength(2)
  await allKept()
  await broker.kill9()
  await alone('DROP DATABASE credbroker WITH (FORCE)')
  await sql('ALTER DATABASE older RENAME TO credbroker')

  await broker.restart()
  expect(broker.log()).toContain('booting frozen')
  expect(await list('/v1/freeze')).toMatchObject([{ target: 'all', by: 'broker' }])
  expect(await list<GrantView>(`/v1/grants?task=${remembered.id}`)).toMatchObject([
    { state: 'ended', end_reason: 'frozen' },
  ])
  await expect(remembered.credential('orders-ro')).rejects.toMatchObject({ code: 'task_ended' })
  await expect(start()).rejects.toMatchObject({ code: 'frozen' })
  // The one lease it knows, and the one that only the vendor remembers.
  await vi.waitUntil(async () => (await roles()).length === 0, { timeout: 90_000, interval: 200 })
  expect(await list(`/v1/leases?task=${remembered.id}`)).toMatchObject([{ id: before.id, state: 'ended' }])

  await broker.restart()
  await expect(start()).rejects.toMatchObject({ code: 'frozen' })

  expect(await broker.cli(['unfreeze', '--all'])).toMatchObject({ code: 0 })
  await using next = await start()
  await next.credential('orders-ro')

  // It was accepted once; that is remembered.
  await broker.restart()
  expect(await list('/v1/freeze')).toEqual([])
  await next.credential('orders-ro')
}, 240_000)

it('what `broker backup` wrote while the broker ran, `broker restore` brings back frozen, and it works on (I13)', async () => {
  const { broker } = world
  const databaseUrl = world.staging.server.url
  const backup = join(broker.stateDir, 'backup.gz')
  const empty = new URL(databaseUrl)
  empty.pathname = '/restored'
  const env = { BROKER_KEYFILE: join(broker.stateDir, 'keyfile') }
  const remembered = await start()
  await remembered.credential('orders-ro')

  const written = await broker.cli(['backup', backup], { env: { ...env, DATABASE_URL: databaseUrl } })
  expect(written).toMatchObject({ code: 0, stderr: '' })
  expect((await stat(backup)).mode & 0o777).toBe(0o600)
  const again = await broker.cli(['backup', backup], { env: { ...env, DATABASE_URL: databaseUrl } })
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is not written over') })

  await broker.kill9()
  await sql('CREATE DATABASE restored OWNER credbroker')
  await sql('REVOKE CONNECT ON DATABASE restored FROM PUBLIC')
  const back = await broker.cli(['restore', backup], { env: { ...env, DATABASE_URL: empty.href } })
  expect(back).toMatchObject({ code: 0, stderr: '' })
  await alone('DROP DATABASE credbroker WITH (FORCE)')
  await alone('ALTER DATABASE restored RENAME TO credbroker')

  await broker.restart()
  await expect(start()).rejects.toMatchObject({ code: 'frozen' })
  await expect(remembered.credential('orders-ro')).rejects.toMatchObject({ code: 'task_ended' })
  await vi.waitUntil(async () => (await roles()).length === 0, { timeout: 90_000, interval: 200 })
  expect(await broker.cli(['unfreeze', '--all'])).toMatchObject({ code: 0 })
  await using next = await start()
  await next.credential('orders-ro')
}, 240_000)
