import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configText, PRODUCTION_POLICY, STAGING_POLICY, startWorld, type World, writeFiles } from './shops.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
}, 180_000)
afterAll(() => world?.stop())

const get = <Answer>(path: string) => world.broker.admin.request<Answer>({ method: 'GET', path })
const names = async (kind: string) =>
  (await get<{ items: { name: string }[] }>(`/v1/${kind}`)).items.map(({ name }) => name)
const add = (name: string, root: object, ...more: string[]) =>
  world.broker.cli(['root', 'add', name, '--provider', 'postgres-role', '--owner', 'mia', ...more], {
    stdin: JSON.stringify(root),
  })
/** Applies the configuration with more scopes, or other words in it. */
async function apply(change: (text: string) => string, scopes = '', policies = {}) {
  const text = change(configText(world, { roots: world.broker.home, scopes }))
  const all = { 'staging.cedar': STAGING_POLICY, 'production.cedar': PRODUCTION_POLICY, ...policies }
  const files = await writeFiles(join(world.broker.home, 'next'), text, all)
  return await world.broker.cli(['apply', '-f', files, '--yes'])
}

describe('a root at intake', () => {
  it('of production, labelled staging, is refused and nothing of it is kept (I2)', async () => {
    const ran = await add('mislabelled', world.production.root, '--env', 'staging')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('production') })
    expect(await names('roots')).not.toContain('mislabelled')
    const kept = await world.state.createDatabase('unused').then(() => get<object>('/v1/roots'))
    expect(JSON.stringify(kept)).not.toContain(world.production.root['password'])
  })

  it('of production, labelled staging in the files, changes nothing at all', async () => {
    const before = await get<object>('/v1/scopes')
    const ran = await apply((text) =>
      text
        .replace('staging-orders: {', 'wrong: {')
        .replace('staging.json', 'production.json')
        .replaceAll('root: staging-orders', 'root: wrong'),
    )
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/broker\.yaml:\d+:\d+.*production/s) })
    expect(await get<object>('/v1/scopes')).toEqual(before)
  })

  it('from standard input is stored, and no answer has its password (I1)', async () => {
    const ran = await add('second', world.staging.root, '--env', 'staging', '--service', 'orders')
    expect(ran.code).toBe(0)
    const shown = await world.broker.cli(['root', 'show', 'second', '--json'])
    expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'usable', environments: ['staging'] })
    expect(ran.stdout + ran.stderr + shown.stdout).not.toContain(world.staging.root['password'])
    expect(await add('second', world.staging.root, '--env', 'staging')).toMatchObject({ code: 1 })
  })

  it('that is a superuser is refused for all that it reaches, and called what it is', async () => {
    const ran = await add('super', world.staging.superuserRoot, '--env', 'staging')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/superuser/i) })
    expect(await names('roots')).not.toContain('super')
  })

  it('over a database that nobody claims is refused (I2)', async () => {
    const elsewhere = { ...world.staging.root, database: 'production' }
    await world.staging.admin('GRANT CONNECT ON DATABASE production TO broker_root', 'postgres')
    const ran = await add('unclaimed', elsewhere, '--env', 'staging')
    await world.staging.admin('REVOKE CONNECT ON DATABASE production FROM broker_root', 'postgres')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('no environment claims') })
  })

  it('whose leases could connect to another database of the cluster is refused, and told what to run (I2)', async () => {
    await world.staging.admin('GRANT CONNECT ON DATABASE production TO PUBLIC', 'postgres')
    const scope =
      '  orders-open: { root: staging-orders, environment: staging, allow: { template: read-only, schemas: [public] } }\n'
    const ran = await apply((text) => text, scope)
    // What stands already mints no more either.
    const task = await world.agent.client.startTask({
      environment: 'staging',
      purpose: 'x',
      scopes: ['orders-ro'],
    })
    const minted = await task.credential('orders-ro').catch((error: unknown) => error)
    await world.staging.admin('REVOKE CONNECT ON DATABASE production FROM PUBLIC', 'postgres')
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('REVOKE CONNECT ON DATABASE') })
    expect(minted).toMatchObject({ code: 'reach_refused' })
    await task.credential('orders-ro')
    await task.end()
  })
})

describe('the configuration', () => {
  it('applied again changes nothing', async () => {
    const before = await get<{ version: number }>('/v1/environments')
    const ran = await world.broker.cli(['apply', '-f', world.files, '--yes', '--json'])
    expect(JSON.parse(ran.stdout)).toMatchObject({ changes: [], applied: false })
    expect(await get('/v1/environments')).toEqual(before)
  })

  it('names file and line of what would break an invariant (I2)', async () => {
    const ran = await apply((text) =>
      text.replace(
        'orders-live-ro: { root: production-orders, environment: production',
        'orders-live-ro: { root: production-orders, environment: staging',
      ),
    )
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/broker\.yaml:\d+:\d+.*production/s) })
  })

  it('a scope that can delete waits for a person (I4), and exec says so with exit code 4', async () => {
    const scope =
      '  orders-rwd: { root: staging-orders, environment: staging, allow: { template: read-write-delete, schemas: [public] } }\n'
    const policies = {
      'staging.cedar': STAGING_POLICY.replace('Action::"write"]', 'Action::"write", Action::"delete"]'),
    }
    expect(await apply((text) => text, scope, policies)).toMatchObject({ code: 0 })
    const ran = await world.broker.cli(
      ['exec', '--env', 'staging', '--scope', 'orders-rwd', '--purpose', 'x', '--', 'echo', 'ran'],
      { profile: 'fixer' },
    )
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    const task = await world.agent.client.startTask({
      environment: 'staging',
      purpose: 'x',
      scopes: ['orders-rwd'],
    })
    expect(task.grants).toMatchObject([{ state: 'pending', code: 'approval_required' }])
    await expect(task.credential('orders-rwd')).rejects.toMatchObject({ code: 'approval_required' })
    await task.end()
    expect(await world.staging.admin(`SELECT FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)).toEqual([])
  })

  it('a protected environment mints nothing before there is an approver (I4c)', async () => {
    const ask = () =>
      world.agent.client.startTask({ environment: 'production', purpose: 'x', scopes: ['orders-live-ro'] })
    const free = await ask()
    await free.credential('orders-live-ro')
    expect(
      await apply((text) => text.replace(/(production:\n {4}tier: )standard/, '$1protected')),
    ).toMatchObject({ code: 0 })
    // What was granted before it was protected ends with the change.
    await expect(free.credential('orders-live-ro')).rejects.toMatchObject({ code: 'not_granted' })
    const refused = await ask()
      .then(
        (task) => task.credential('orders-live-ro').finally(() => task.end()),
        (error: unknown) => Promise.reject(error),
      )
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'protected_without_approver' })
    expect(await world.production.admin(`SELECT FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)).toEqual([])
  })

  it('what the files no longer name is disabled, and its work ends (I8)', async () => {
    const task = await world.agent.client.startTask({
      environment: 'staging',
      purpose: 'x',
      scopes: ['orders-ro'],
    })
    await task.credential('orders-ro')
    const without = (text: string) =>
      text
        .split('\n')
        .filter((line) => !line.includes('orders-ro:'))
        .join('\n')
    expect(await apply(without)).toMatchObject({ code: 0 })
    expect(await world.staging.admin(`SELECT FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)).toEqual([])
    await expect(task.credential('orders-ro')).rejects.toMatchObject({ code: 'not_granted' })
    expect(await get('/v1/scopes/orders-ro')).toMatchObject({ disabled: true })
    await task.end()
  })
})
