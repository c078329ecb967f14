import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TaskView } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Shop, startShop } from '../../../packages/providers/test/postgres-fixture.ts'
import { type ApiWorld, startApiWorld } from '../../gateway/world.ts'
import { needs } from '../../harness/services.ts'
import { agentAt, MAIN, read } from './world.ts'

let world: ApiWorld
let shop: Shop | undefined
beforeAll(async () => {
  ;[world, shop] = await Promise.all([startApiWorld(), startShop(18)])
  if (!shop) throw new Error('PostgreSQL 18 comes with the dependencies')
  await addOrders(shop)
}, 180_000)
afterAll(async () => {
  await world?.stop()
  await shop?.close()
})

/** A scope that mints, beside those of the gateway. */
async function addOrders({ anchor, root }: Shop): Promise<void> {
  const { home } = world.broker
  const path = join(home, 'broker', 'broker.yaml')
  const config = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(join(home, 'orders.json'), JSON.stringify(root), { mode: 0o600 })
  const of = { environment: 'staging' }
  config.environments.staging.anchors.push({ vendor: 'postgres', id: anchor('orders') })
  const secret = `file:${home}/orders.json`
  config.roots.orders = { ...of, provider: 'postgres-role', owner: 'mia', secret }
  const allow = { template: 'read-only', schemas: ['public'] }
  config.scopes['orders-ro'] = { ...of, root: 'orders', maxTtl: '10m', allow }
  await writeFile(path, JSON.stringify(config))
  const applied = await world.broker.cli(['apply', '-f', join(home, 'broker'), '--yes'])
  if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr)
}

const viewed = (id: string) =>
  world.broker.admin.request<TaskView>({ method: 'GET', path: `/v1/tasks/${id}` })
const WORK = { environment: 'staging', purpose: 'a part of it', scopes: ['api'] }

describe('inside broker exec', () => {
  it('works in the task of that run and in no second one; what it asks for besides is a part of it', async () => {
    const server = await agentAt(world.broker, { around: ['api'] })
    const { run, tasks } = read(await server.call('list_my_access'))
    expect(tasks).toEqual([])
    expect(run).toMatchObject({ environment: 'staging', scopes: [{ scope: 'api', use: 'run_operation' }] })
    const { task } = run as { task: string }
    const done = await server.call('run_operation', { scope: 'api', method: 'GET', path: '/v1/orders' })
    expect(read(done)).toMatchObject({ status: 'answered' })
    const { items } = await world.fixer.client.request<{ items: TaskView[] }>({
      method: 'GET',
      path: '/v1/tasks?limit=100&state=active&agent=fixer',
    })
    expect(items.map(({ id }) => id)).toEqual([task])

    const part = read(await server.call('request_access', WORK))['task'] as string
    expect(await viewed(part)).toMatchObject({ parent: task, state: 'active' })
    const elsewhere = await server.call('request_access', { ...WORK, environment: 'production' })
    expect(read(elsewhere)).toMatchObject({ code: 'environment_mismatch' })
    expect(read(await server.call('end_task', { task }))).toMatchObject({ code: 'usage' })
    expect((await viewed(task)).state).toBe('active')

    await server.client.close()
    for (const id of [part, task])
      await vi.waitFor(async () => expect(await viewed(id)).toMatchObject({ state: 'ended' }), 20_000)
  })

  it('ends with its client, and with it what it started; the run goes on', async () => {
    const folder = join(world.broker.home, 'inside')
    await mkdir(folder)
    const clientInfo = { name: 'test', version: '1' }
    const requests = [
      {
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
      },
      { method: 'notifications/initialized' },
      { id: 2, method: 'tools/call', params: { name: 'request_access', arguments: WORK } },
    ]
    const lines = requests.map((one) => `${JSON.stringify({ jsonrpc: '2.0', ...one })}\n`).join('')
    await writeFile(join(folder, 'requests'), lines)
    const script = `: > answers
      { cat requests; until grep -q '"id":2' answers; do sleep 0.1; done; } | "$NODE" "$MAIN" mcp > answers
      "$NODE" "$MAIN" call api GET /v1/orders`
    const ran = await world.broker.cli(
      ['exec', '--env', 'staging', '--scope', 'api', '--purpose', 'x', '--', 'sh', '-euc', script],
      { profile: 'fixer', cwd: folder, env: { NODE: process.execPath, MAIN } },
    )
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('"ok":true') })
    const part = /tsk_[0-9a-z]{26}/.exec(await readFile(join(folder, 'answers'), 'utf8'))?.[0] ?? ''
    const { parent = '', end_reason } = await viewed(part)
    expect(end_reason).toBe('done')
    expect(await viewed(parent)).toMatchObject({ state: 'ended', end_reason: 'done' })
  })
})

describe.skipIf(await needs('psql'))('a server with a pasted password', () => {
  it('once rewritten signs in with a lease of its own, and the password is nowhere', async () => {
    const password = ['Vq7xT2', 'mL9zR4'].join('-')
    const folder = join(world.broker.home, 'pasted')
    await mkdir(folder)
    const list = join(folder, '.mcp.json')
    const env = { PGHOST: 'db.internal', PGUSER: 'shop', PGPASSWORD: password }
    const args = ['-c', "psql -XAtc 'select current_user'; env; cat .mcp.json"]
    await writeFile(list, JSON.stringify({ mcpServers: { db: { command: 'sh', args, env } } }))
    const init = await world.broker.cli(['init', '--tools', '--yes', '--as', 'fixer'], { cwd: folder })
    expect(init, init.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('orders-ro in staging'),
    })

    const program = join(folder, 'broker')
    await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, { mode: 0o700 })
    const entry = JSON.parse(await readFile(list, 'utf8')).mcpServers.db
    const { home } = world.broker
    const { stdout, stderr } = await promisify(execFile)(entry.command, entry.args, {
      cwd: folder,
      env: {
        PATH: `${folder}:${process.env['PATH']}`,
        HOME: home,
        XDG_CONFIG_HOME: `${home}/config`,
        ...entry.env,
      },
    })
    expect(stdout).toMatch(/^brk_[a-z0-9_]+\n/)
    expect(stdout).toContain('PGPASSFILE=')
    expect(init.stdout + stdout + stderr).not.toContain(password)
  })
})
