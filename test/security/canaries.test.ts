import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Shop, startShop } from '../../packages/providers/test/postgres-fixture.ts'
import { STAGING_POLICY, writeFiles } from '../e2e/shops.ts'
import { type Identity, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { findInFiles, hatch, watchProcesses } from './canary.ts'
import { type RawRequest, send, tokenOf } from './wire.ts'

const ROOTS = 100
const canaries = hatch(ROOTS)

describe('the search itself', () => {
  it.each([
    ['raw', (text: string) => text],
    ['base64', (text: string) => Buffer.from(text).toString('base64')],
    ['base64url inside more', (text: string) => Buffer.from(`{"password":"${text}"}`).toString('base64url')],
    ['base64 one byte on', (text: string) => Buffer.from(`x${text}`).toString('base64')],
    ['hex', (text: string) => Buffer.from(text).toString('hex')],
    ['URL', encodeURIComponent],
    ['form', (text: string) => new URLSearchParams({ text }).toString()],
    ['JSON', (text: string) => JSON.stringify(text)],
    ['JSON in JSON', (text: string) => JSON.stringify(JSON.stringify({ text }))],
    ['the first half', (text: string) => text.slice(0, text.length / 2)],
    ['the second half', (text: string) => text.slice(text.length / 2)],
  ])('finds each of a hundred canaries: %s', (_form, encode) => {
    for (const value of canaries.values) expect(canaries.find(`… ${encode(value)} …`)).not.toEqual([])
  })

  it('finds nothing where there is none', () => {
    expect(canaries.find('cnry and other words')).toEqual([])
  })
})

describe('a hundred roots with known values (I1)', () => {
  let vendor: Shop
  let state: TestPostgres
  let broker: TestBroker
  let agent: Identity
  let processes: ReturnType<typeof watchProcesses>
  const heard: string[] = []

  const rootOf = (i: number) => ({
    ...vendor.root,
    user: `root_${i}`,
    password: canaries.values[i] as string,
  })
  const cli = async (args: string[], options = {}) => {
    const ran = await broker.cli(args, options)
    heard.push(ran.stdout, ran.stderr)
    return ran
  }

  beforeAll(async () => {
    const [shop, database] = await Promise.all([startShop(18), startTestPostgres()])
    if (!shop) throw new Error('PostgreSQL 18 comes with the dependencies')
    vendor = shop
    state = database
    await vendor.admin('REVOKE CONNECT ON DATABASE credbroker FROM PUBLIC', 'postgres')
    await vendor.admin(
      canaries.values
        .map(
          (value, i) => `CREATE ROLE root_${i} LOGIN CREATEROLE PASSWORD '${value.replaceAll("'", "''")}';
            GRANT USAGE ON SCHEMA public TO root_${i} WITH GRANT OPTION;
            GRANT SELECT ON orders, customers TO root_${i} WITH GRANT OPTION`,
        )
        .join(';'),
    )
    broker = await startTestBroker({ databaseUrl: state.url, env: { BROKER_LOG_LEVEL: 'debug' } })
    processes = watchProcesses(canaries)
  }, 180_000)
  afterAll(async () => {
    await processes?.stop()
    await broker?.stop()
    await state?.stop()
    await vendor?.close()
  })

  it('go in, by files and by standard input', async () => {
    const own = canaries.values.slice(0, ROOTS - 3).map((_, i) => `root-${i}`)
    const root = { provider: 'postgres-role', environment: 'staging', owner: 'mia' }
    const scope = { environment: 'staging', allow: { template: 'read-only', schemas: ['public'] } }
    const config = {
      version: 1,
      environments: {
        staging: { tier: 'standard', anchors: [{ vendor: 'postgres', id: vendor.anchor('orders') }] },
      },
      users: { mia: { roles: ['operator', 'viewer'] } },
      agents: { fixer: { owner: 'mia' } },
      roots: Object.fromEntries(own.map((name) => [name, root])),
      scopes: Object.fromEntries(own.slice(0, 5).map((name, i) => [`scope-${i}`, { ...scope, root: name }])),
    }
    const secrets = Object.fromEntries(own.map((name, i) => [name, rootOf(i)]))
    const policies = [{ name: 'staging.cedar', text: STAGING_POLICY }]
    const body = { config, policies, secrets }
    const applied = await broker.admin.request({
      method: 'POST',
      path: '/v1/apply',
      body,
      timeoutMs: 200_000,
    })
    heard.push(JSON.stringify(applied))
    // The same from a file, with one more.
    const file = join(broker.home, 'last.json')
    await writeFile(file, JSON.stringify(rootOf(ROOTS - 3)), { mode: 0o600 })
    const more = { ...config, roots: { ...config.roots, 'by-file': { ...root, secret: `file:${file}` } } }
    const files = await writeFiles(join(broker.home, 'broker'), JSON.stringify(more), {
      'staging.cedar': STAGING_POLICY,
    })
    expect(await cli(['apply', '-f', files, '--yes'])).toMatchObject({ code: 0 })
    await rm(file)
    const add = [
      'root',
      'add',
      'by-document',
      '--provider',
      'postgres-role',
      '--env',
      'staging',
      '--owner',
      'mia',
    ]
    expect(await cli(add, { stdin: JSON.stringify(rootOf(ROOTS - 2)) })).toMatchObject({ code: 0 })
    const { host, port, user, password } = rootOf(ROOTS - 1) as unknown as Record<string, string>
    const url = `postgres://${user}:${encodeURIComponent(password ?? '')}@${host}:${port}/orders?sslmode=disable`
    expect(await cli(add.with(2, 'by-url'), { stdin: url })).toMatchObject({ code: 0 })
    agent = await broker.enrolAgent('fixer')
  }, 240_000)

  it('work, fail, are shown and are rotated', async () => {
    const exec = (scope: string, ...command: string[]) =>
      cli(['exec', '--env', 'staging', '--scope', scope, '--purpose', 'x', '--', ...command], {
        profile: 'fixer',
      })
    expect(
      await exec(
        'scope-0',
        'sh',
        '-c',
        'env; cat "$PGPASSFILE" "$PGSERVICEFILE"; psql -XAtc "select 1"; cat /proc/$PPID/environ',
      ),
    ).toMatchObject({ code: 0 })
    // Roots that stopped working: wrong password, gone, and a server that refuses.
    await vendor.admin(
      `ALTER ROLE root_1 PASSWORD 'another'; ALTER ROLE root_2 NOLOGIN; REVOKE ALL ON orders FROM root_3`,
    )
    for (const scope of ['scope-1', 'scope-2', 'scope-3'])
      expect((await exec(scope, 'true')).code).toBeGreaterThan(0)
    for (const name of ['root-0', 'root-1', 'root-2']) await cli(['root', 'check', name])
    expect(await cli(['root', 'rotate', 'root-4'])).toMatchObject({ code: 0 })
    expect(await exec('scope-4', 'psql', '-XAtc', 'select 1')).toMatchObject({ code: 0 })
    for (const args of [
      ['root', 'list', '--json'],
      ['root', 'show', 'root-0', '--json'],
      ['scope', 'list', '--json'],
      ['lease', 'list', '--json'],
      ['grant', 'list', '--json'],
      ['task', 'list', '--json'],
      ['audit', 'tail', '--json'],
      ['audit', 'export', '--help'],
      ['key', 'status', '--json'],
      ['doctor', '--json'],
      ['apply', '-f', join(broker.home, 'broker'), '--plan', '--json'],
    ])
      await cli(args)
  }, 240_000)

  it('are not said back in an error, wherever they were put by mistake', async () => {
    const value = canaries.values[9] as string
    const admin = await broker.identity('default')
    const token = await tokenOf(broker, admin)
    const say = async (request: RawRequest) => {
      const { text, headers } = await send(broker, { token, key: admin.key, method: 'POST', ...request })
      heard.push(text, JSON.stringify([...headers]))
    }
    const root = { name: 'wrong', provider: 'postgres-role', owner: 'mia', environment: 'staging' }
    for (const body of [
      { ...root, secret: value },
      { ...root, secret: { ...rootOf(9), port: value } },
      { ...root, secret: { ...rootOf(9), [value]: 1 } },
      { ...root, secret: { ...rootOf(9), sslmode: value } },
      { ...root, secret: { ...rootOf(9), password: [value] } },
      { ...root, secret: `postgres://root_9:${value}@127.0.0.1/orders` },
      { ...root, secret: rootOf(9), [value]: 1 },
      { ...root, name: value, secret: rootOf(9) },
      { ...root, provider: value, secret: rootOf(9) },
      { ...root, environment: 'production', secret: rootOf(9) },
      { ...root, secret: { ...rootOf(9), port: 1 } },
      { ...root, secret: { ...rootOf(9), user: 'nobody' } },
    ])
      await say({ path: '/v1/roots', body })
    await say({ path: '/v1/roots', body: `{"secret": "${value}` })
    await say({ path: `/v1/roots/${encodeURIComponent(value)}/check` })
    await say({ path: '/v1/apply', body: { config: { version: 1, roots: { x: { secret: value } } } } })
    await say({ path: '/v1/apply', body: { config: { version: 1 }, secrets: { [value]: value, x: value } } })
    await say({ path: '/v1/enrolments', body: { token: value } })
    for (const path of ['/metrics', '/openapi.json', '/readyz', '/']) await say({ method: 'GET', path })
    const started = await agent.client.request<TaskStarted>({
      method: 'POST',
      path: '/v1/tasks',
      body: { environment: 'staging', purpose: 'x', scopes: ['scope-0'] },
    })
    heard.push(JSON.stringify(started))
  })

  it('are in no log, response, row, file, argument or environment, in any encoding', async () => {
    const { looked, found } = await processes.stop()
    expect(looked).toBeGreaterThan(1000)
    expect(found).toEqual([])
    expect(canaries.find(broker.log())).toEqual([])
    expect(heard.filter((text) => canaries.find(text).length > 0)).toEqual([])
    expect(heard.length).toBeGreaterThan(50)
    expect(await findInFiles(canaries, broker.home)).toEqual([])
    // More than a dump shows: every page of every table, and the write-ahead log.
    await broker.stop()
    expect(await findInFiles(canaries, state.directory)).toEqual([])
  }, 120_000)
})
