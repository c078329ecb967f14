import { fileURLToPath } from 'node:url'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestPostgres, type TestPostgres } from '../../../../../test/harness/postgres.ts'
import { migrate } from './migrate.ts'

let server: TestPostgres
let sql: Sql
beforeAll(async () => {
  server = await startTestPostgres()
  sql = postgres(await server.createDatabase('schema'), { max: 20, onnotice: () => {} })
  await migrate(sql, fileURLToPath(new URL('../../../../../migrations', import.meta.url)))
  await put('users', { name: 'alice' })
  await put('agents', { name: 'fixer', owner: 'alice' })
  for (const name of ['staging', 'production']) await put('environments', { name })
  await put('roots', { name: 'db', owner: 'alice' })
  await put('root_environments', { root: 'db', environment: 'staging' })
  await put('scopes', { name: 'orders-ro', root: 'db', environment: 'staging' })
  await startTask('tsk_1', 'staging')
  await startTask('tsk_2', 'production')
})
afterAll(async () => {
  await sql.end()
  await server.stop()
})

const put = (table: string, body: Record<string, string | boolean>) =>
  sql`INSERT INTO ${sql(table)} (body, mac) VALUES (${sql.json(body)}, 'mac')`
const startTask = (id: string, environment: string) => sql`
  INSERT INTO tasks (id, agent, owner, environment, purpose, jkt, ends_at)
  VALUES (${id}, 'fixer', 'alice', ${environment}, 'test', 'jkt', clock_timestamp() + interval '1 hour')`
const grant = (id: string, task: string, environment: string, scope = 'orders-ro') => sql`
  INSERT INTO grants (id, task_id, environment, scope, access, state, ends_at, mac)
  VALUES (${id}, ${task}, ${environment}, ${scope}, '{read}', 'active', clock_timestamp() + interval '1 hour', 'mac')`

describe('I2: the environment holds in the schema itself', () => {
  it('a scope in an environment in which its root may not be used cannot be stored', async () => {
    await expect(put('scopes', { name: 'bad', root: 'db', environment: 'production' })).rejects.toMatchObject(
      {
        constraint_name: 'scope_environment_is_its_roots',
      },
    )
  })
  it('a grant in another environment than its task cannot be stored', async () => {
    await expect(grant('grt_1', 'tsk_2', 'staging')).rejects.toMatchObject({
      constraint_name: 'grant_environment_is_its_tasks',
    })
  })
  it('a grant in another environment than its scope cannot be stored', async () => {
    await expect(grant('grt_2', 'tsk_2', 'production')).rejects.toMatchObject({
      constraint_name: 'grant_environment_is_its_scopes',
    })
  })
  it('a key cannot say something that its sealed body does not', async () => {
    await expect(
      sql`UPDATE scopes SET environment = 'production' WHERE name = 'orders-ro'`,
    ).rejects.toMatchObject({ code: '428C9' })
  })
  it('one anchor cannot belong to two environments, unless all of them share it', async () => {
    const anchor = { vendor: 'postgres', id: '1/orders' }
    await put('anchors', { ...anchor, environment: 'staging', shared: false })
    await expect(
      put('anchors', { ...anchor, environment: 'production', shared: false }),
    ).rejects.toMatchObject({
      constraint_name: 'anchors_belong_to_one_environment',
    })
  })
})

describe('I3: everything ends', () => {
  it('a task beyond eight hours cannot be stored', async () => {
    await expect(sql`
      INSERT INTO tasks (id, agent, owner, environment, purpose, jkt, ends_at)
      VALUES ('tsk_9', 'fixer', 'alice', 'staging', 'test', 'jkt', clock_timestamp() + interval '9 hours')`).rejects.toMatchObject(
      { code: '23514' },
    )
  })
  it('a task cannot be ended without a reason and a time', async () => {
    await expect(sql`UPDATE tasks SET state = 'ended' WHERE id = 'tsk_1'`).rejects.toMatchObject({
      code: '23514',
    })
  })
})

describe('I5: two sides', () => {
  const hold = (id: string, side: string) => sql`
    WITH lock AS MATERIALIZED (SELECT count(pg_advisory_xact_lock(hashtextextended('agent:fixer@production', 0))) AS taken)
    INSERT INTO side_holds (grant_id, holder, environment, recovery_group, side, during)
    SELECT ${id}, 'agent:fixer', 'staging', 'production', ${side}, tstzrange(clock_timestamp(), clock_timestamp() + interval '1 day') FROM lock`

  it('of many that ask for both sides at once, one side wins, and nobody deadlocks', async () => {
    const wanted = Array.from({ length: 40 }, (_, i) => ({
      id: `grt_h${i}`,
      side: i % 2 === 0 ? 'primary' : 'backup',
    }))
    for (const { id } of wanted) {
      await startTask(`tsk_${id}`, 'staging')
      await grant(id, `tsk_${id}`, 'staging')
    }
    const results = await Promise.allSettled(wanted.map(({ id, side }) => hold(id, side)))
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
    expect(new Set(refused)).toEqual(new Set(['23P01']))
    const sides = await sql<{ side: string }[]>`SELECT DISTINCT side FROM side_holds`
    expect(sides).toHaveLength(1)
    expect(refused).toHaveLength(20)
  })
})

describe('I13: the configuration’s version', () => {
  const version = async () =>
    Number((await sql<{ version: string }[]>`SELECT version FROM config_head`)[0]?.version)
  it.each([
    ['an UPDATE', () => sql`UPDATE scopes SET mac = 'other' WHERE name = 'orders-ro'`],
    ['a DELETE', () => sql`DELETE FROM policies`],
    ['an INSERT', () => put('teams', { name: 'payments' })],
    ['a TRUNCATE', () => sql`TRUNCATE controls`],
  ])('rises with %s by hand, so that the next use looks again', async (_name, change) => {
    const before = await version()
    await change()
    expect(await version()).toBeGreaterThan(before)
  })
})
