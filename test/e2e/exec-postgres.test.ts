import { once } from 'node:events'
import type { TaskView } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { finished } from '../harness/broker.ts'
import { MAIN } from '../harness/command.ts'
import { needs } from '../harness/services.ts'
import { startWorld, type World } from './shops.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
}, 180_000)
afterAll(() => world?.stop())

const exec = (scope: string, ...command: string[]) => [
  'exec',
  '--env',
  'staging',
  '--scope',
  scope,
  '--purpose',
  'x',
  '--',
  ...command,
]
const roles = () => world.staging.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)
const sessions = () => world.staging.admin(`SELECT pid FROM pg_stat_activity WHERE usename LIKE 'brk\\_%'`)

const noPsql = await needs('psql')

describe.skipIf(noPsql)('broker exec with a PostgreSQL scope', () => {
  it('psql is a role of its own, and afterwards the role is gone (I7, I8)', async () => {
    const ran = await world.broker.cli(exec('orders-ro', 'psql', '-XAtc', 'select current_user'), {
      profile: 'fixer',
    })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^brk_[a-z0-9_]+\n$/) })
    expect(await roles()).toEqual([])
  })

  it('a session that the command left in the background is ended with it (I8)', async () => {
    const script = `nohup psql -XAtc 'select pg_backend_pid(), pg_sleep(600)' >/dev/null 2>&1 &
      while [ "$(psql -XAtc "select count(*) from pg_stat_activity where usename = current_user and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()")" = 0 ]; do :; done
      echo asleep`
    const ran = await world.broker.cli(exec('orders-ro', 'sh', '-c', script), { profile: 'fixer' })
    expect(ran).toMatchObject({ code: 0, stdout: 'asleep\n' })
    expect(await sessions()).toEqual([])
    expect(await roles()).toEqual([])
  })

  it('does what its scope says and nothing beyond it', async () => {
    const count = await world.broker.cli(exec('orders-ro', 'psql', '-XAtc', 'select count(*) from orders'), {
      profile: 'fixer',
    })
    expect(count.stdout).toBe('2\n')
    const write = await world.broker.cli(exec('orders-ro', 'psql', '-Xc', 'delete from orders'), {
      profile: 'fixer',
    })
    expect(write).toMatchObject({ code: 1, stderr: expect.stringMatching(/permission denied|read-only/) })
  })

  it('hands on the exit code, and leaves no secret in arguments or environment (I1)', async () => {
    const ran = await world.broker.cli(
      exec('orders-ro', 'sh', '-c', 'env; tr "\\0" " " < /proc/$PPID/cmdline; cat "$PGPASSFILE" >&2; exit 7'),
      { profile: 'fixer', env: { PGPASSWORD: 'ambient', AWS_SECRET_ACCESS_KEY: 'ambient' } },
    )
    expect(ran.code).toBe(7)
    const password = /:brk_[^:]+:([^\n]+)/.exec(ran.stderr)?.[1] ?? ''
    expect(password).not.toBe('')
    expect(ran.stdout).not.toContain(password)
    expect(ran.stdout).not.toContain('ambient')
  })

  it('what nobody grants is refused with exit code 3, and the command does not run', async () => {
    const ran = await world.broker.cli(exec('orders-live-ro', 'echo', 'ran'), { profile: 'fixer' })
    expect(ran).toMatchObject({ code: 3, stdout: '' })
  })

  it('killed with -9, its role and sessions are gone within the heartbeat (I7, I8)', async () => {
    const running = world.broker.spawnCli(exec('orders-ro', 'psql', '-Xc', 'select pg_sleep(600)'), {
      profile: 'fixer',
    })
    await vi.waitUntil(async () => (await sessions()).length === 1, { timeout: 20_000 })
    running.kill('SIGKILL')
    await once(running, 'exit')
    // Until then the broker cannot know; the fifteen seconds of the heartbeat and one round of the sweeper.
    await vi.waitUntil(async () => (await roles()).length === 0, { timeout: 25_000, interval: 200 })
    expect(await sessions()).toEqual([])
    const { items } = await world.agent.client.request<{
      items: { end_reason: string; heartbeat_seconds: number }[]
    }>({
      method: 'GET',
      path: '/v1/tasks?limit=1',
    })
    expect(items[0]).toMatchObject({ end_reason: 'expired' })
  }, 60_000)

  it('a signal ends the command and then the task', async () => {
    const running = world.broker.spawnCli(exec('orders-ro', 'psql', '-Xc', 'select pg_sleep(600)'), {
      profile: 'fixer',
    })
    const ended = finished(running)
    await vi.waitUntil(async () => (await sessions()).length === 1, { timeout: 20_000 })
    running.kill('SIGTERM')
    expect((await ended).code).not.toBe(0)
    expect(await roles()).toEqual([])
    expect(await sessions()).toEqual([])
  })

  it('inside another it works in a child task, without an identity of its own, and in no other environment (I9)', async () => {
    const inside = [process.execPath, MAIN, ...exec('orders-ro', 'sh', '-c', 'echo $PGSERVICE; exit 7')]
    const ran = await world.broker.cli(exec('orders-ro', ...inside), { profile: 'fixer' })
    expect(ran).toMatchObject({ code: 7, stdout: 'orders-ro\n' })
    const { items } = await world.agent.client.request<{ items: TaskView[] }>({
      method: 'GET',
      path: '/v1/tasks?limit=2',
    })
    const [child, parent] = items
    expect(child).toMatchObject({ parent: parent?.id, agent: 'fixer', state: 'ended' })
    const elsewhere = inside.map((part) => (part === 'staging' ? 'production' : part))
    const refused = await world.broker.cli(exec('orders-ro', ...elsewhere), { profile: 'fixer' })
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(await roles()).toEqual([])
  })

  it('psql, started again and again, signs in as another role when the first is at its end (I3)', async () => {
    await world.broker.admin.request({
      method: 'PUT',
      path: '/v1/scopes/orders-brief',
      body: {
        root: 'staging-orders',
        environment: 'staging',
        maxTtl: '8s',
        allow: { template: 'read-only', schemas: ['public'] },
      },
    })
    const script = `ask() { psql -XAtc 'select current_user'; }
      first=$(ask); until now=$(ask) && [ "$now" != "$first" ]; do :; done; psql -XAtc 'select count(*) from orders'`
    const ran = await world.broker.cli(exec('orders-brief', 'sh', '-euc', script), { profile: 'fixer' })
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: '2\n' })
    expect(await roles()).toEqual([])
  })

  it('an unknown profile is a fault on this machine, not a denial', async () => {
    const ran = await world.broker.cli(exec('orders-ro', 'true'), { profile: 'nobody' })
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('nobody') })
  })
})
