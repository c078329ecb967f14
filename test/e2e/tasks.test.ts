import type { LeaseView, TaskStarted, TaskView } from '@credbroker/core/wire/tasks'
import { DeniedError } from '@credbroker/sdk/errors'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from './shops.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
}, 180_000)
afterAll(() => world?.stop())

const staging = { environment: 'staging', purpose: 'fix the flaky checkout test', heartbeat: '1m' }
const start = (scopes: string[], more = {}) => world.agent.client.startTask({ ...staging, scopes, ...more })
const roles = () => world.staging.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)
const list = async <Item>(path: string) =>
  (await world.broker.admin.request<{ items: Item[] }>({ method: 'GET', path })).items
const remove = (path: string) => world.broker.admin.request<unknown>({ method: 'DELETE', path })
const post = <Answer>(path: string, body?: unknown) =>
  world.broker.admin.request<Answer>({ method: 'POST', path, ...(body !== undefined && { body }) })

describe('a task', () => {
  it('lends a working handle that is dead when the block is left (I8)', async () => {
    let options: Awaited<ReturnType<Awaited<ReturnType<typeof start>>['postgres']>> | undefined
    {
      await using task = await start(['orders-ro'])
      options = await task.postgres('orders-ro')
      const sql = postgres({ ...options, max: 1, onnotice: () => {} })
      expect(await sql`SELECT count(*)::int AS count FROM orders`).toEqual([{ count: 2 }])
      await expect(sql`INSERT INTO orders (total) VALUES (1)`).rejects.toThrow(/permission denied|read-only/)
      await sql.end({ timeout: 1 })
    }
    expect(await roles()).toEqual([])
    await expect(postgres({ ...options, max: 1 })`SELECT 1`).rejects.toThrow()
  })

  it('a scope declared read that can write is a write scope, whatever its file says (I4b)', async () => {
    const [scope] = (
      await list<{ name: string; access: string[]; declared_access: string[] }>('/v1/scopes')
    ).filter(({ name }) => name === 'orders-rw')
    expect(scope).toMatchObject({ declared_access: ['read'], access: ['read', 'write'] })
    await using task = await start(['orders-rw'])
    expect(task.grants).toMatchObject([{ scope: 'orders-rw', state: 'active', access: ['read', 'write'] }])
    const sql = postgres({ ...(await task.postgres('orders-rw')), max: 1 })
    await sql`INSERT INTO orders (total) VALUES (30)`
    await sql.end({ timeout: 1 })
    await world.staging.admin('DELETE FROM orders WHERE total = 30')
  })

  it('in staging is never granted a scope of production (I2)', async () => {
    const refused = await start(['orders-live-ro']).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(DeniedError)
    expect(refused).toMatchObject({ code: 'environment_mismatch', grants: [{ scope: 'orders-live-ro' }] })

    await using mixed = await start(['orders-ro', 'orders-live-ro'])
    expect(mixed.grants.map(({ scope, state }) => [scope, state])).toEqual([
      ['orders-ro', 'active'],
      ['orders-live-ro', 'denied'],
    ])
    await expect(mixed.credential('orders-live-ro')).rejects.toMatchObject({ code: 'environment_mismatch' })
    const asked = await mixed.request(['orders-live-ro']).catch((error: unknown) => error)
    expect(mixed.grants.find(({ scope }) => scope === 'orders-live-ro')?.state ?? asked).toBe('denied')
  })

  it('the same idempotency key is the same task; for another request it is refused', async () => {
    const idempotencyKey = 'once-1'
    const first = await start(['orders-ro'], { idempotencyKey })
    const second = await start(['orders-ro'], { idempotencyKey })
    expect(second.id).toBe(first.id)
    await expect(start(['orders-rw'], { idempotencyKey })).rejects.toMatchObject({
      code: 'idempotency_mismatch',
    })
    // An answer that was lost is asked for again: what was denied must not look as if nobody had asked for it.
    const mixed = { idempotencyKey: 'once-3' }
    for (const asked of [1, 2]) {
      const task = await start(['orders-ro', 'orders-live-ro'], mixed)
      expect(task.grants.map(({ scope, state }) => [asked, scope, state])).toEqual([
        [asked, 'orders-ro', 'active'],
        [asked, 'orders-live-ro', 'denied'],
      ])
      await expect(task.credential('orders-live-ro')).rejects.toBeInstanceOf(DeniedError)
    }
    const body = { ...staging, scopes: ['orders-ro'] }
    const raced = await Promise.all(
      Array.from({ length: 8 }, () =>
        world.agent.client.request<TaskStarted>({
          method: 'POST',
          path: '/v1/tasks',
          body,
          headers: { 'idempotency-key': 'once-2' },
        }),
      ),
    )
    expect(new Set(raced.map(({ task }) => task.id)).size).toBe(1)
    await first.end()
  })

  it('says which limit decided how long it and its credentials live (I3)', async () => {
    const ask = (ttl: string) =>
      world.agent.client.request<TaskStarted>({
        method: 'POST',
        path: '/v1/tasks',
        body: { ...staging, scopes: ['orders-ro', 'orders-rw'], ttl },
      })
    const long = await ask('24h')
    expect(long.capped_by).toBe('limit')
    const hours = (Date.parse(long.task.ends_at) - Date.parse(long.task.started_at)) / 3_600_000
    expect(hours).toBe(8)
    const short = await ask('5m')
    expect(short.capped_by).toBe('asked')
    await post(`/v1/tasks/${long.task.id}/end`)
    await post(`/v1/tasks/${short.task.id}/end`)

    const caps: Record<string, string> = {}
    await using task = await start(['orders-ro', 'orders-rw'], { ttl: '30m' })
    caps['scope'] = (await task.credential('orders-ro', { ttl: '20m' })).cappedBy
    caps['asked'] = (await task.credential('orders-rw', { ttl: '1m' })).cappedBy
    caps['grant'] = (await task.credential('orders-rw', { ttl: '45m' })).cappedBy
    caps['default'] = (await task.credential('orders-rw')).cappedBy
    expect(caps).toEqual({ scope: 'scope', asked: 'asked', grant: 'grant', default: 'default' })
  })

  it('is listed with its grants and leases, to people whole and to an agent its own', async () => {
    await using task = await start(['orders-ro'])
    const { id: lease } = await task.credential('orders-ro')
    expect(await list<TaskView>(`/v1/tasks?state=active&agent=fixer`)).toContainEqual(
      expect.objectContaining({ id: task.id, owner: 'mia', environment: 'staging' }),
    )
    const owned = await list<TaskView>('/v1/tasks?state=active&owner=mia')
    expect(owned.map(({ id }) => id)).toContain(task.id)
    expect(await list<TaskView>('/v1/tasks?owner=nobody')).toEqual([])
    expect(await list<{ scope: string }>(`/v1/grants?task=${task.id}`)).toMatchObject([
      { scope: 'orders-ro' },
    ])
    expect(await list<LeaseView>(`/v1/leases?state=active&task=${task.id}`)).toMatchObject([
      { id: lease, state: 'active', credential_dead: false },
    ])
    const other = await world.broker.enrolAgent('other')
    const get = <Answer>(path: string) => other.client.request<Answer>({ method: 'GET', path })
    expect(await get('/v1/tasks')).toEqual({ items: [] })
    expect(await get(`/v1/grants?task=${task.id}`)).toEqual({ items: [] })
    expect(await get('/v1/leases')).toEqual({ items: [] })
    await expect(get(`/v1/tasks/${task.id}`)).rejects.toMatchObject({ code: 'not_found' })
    await expect(get('/v1/roots')).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('pages through a long list without losing or repeating one', async () => {
    const seen: string[] = []
    let cursor = ''
    do {
      const page = await world.broker.admin.request<{ items: TaskView[]; next_cursor?: string }>({
        method: 'GET',
        path: `/v1/tasks?limit=2${cursor}`,
      })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next_cursor ? `&cursor=${page.next_cursor}` : ''
    } while (cursor)
    const all = await list<TaskView>('/v1/tasks?limit=200')
    expect(seen).toEqual(all.map(({ id }) => id))
    expect(seen.length).toBeGreaterThan(4)
  })
})

describe('stopping what runs (I8)', () => {
  it('a revoked lease is dead, the grant lives on', async () => {
    await using task = await start(['orders-ro'])
    const lease = await task.credential('orders-ro')
    expect(await remove(`/v1/leases/${lease.id}`)).toMatchObject({
      state: 'ended',
      credential_dead: true,
      sessions_dead: true,
    })
    expect(await roles()).toEqual([])
    await task.credential('orders-ro')
  })

  it('a revoked grant mints nothing any more', async () => {
    await using task = await start(['orders-ro', 'orders-rw'])
    await task.credential('orders-ro')
    const grant = task.grants.find(({ scope }) => scope === 'orders-ro')
    expect(await remove(`/v1/grants/${grant?.id}`)).toMatchObject({ leases: [{ state: 'ended' }] })
    await expect(task.credential('orders-ro')).rejects.toMatchObject({ code: 'not_granted' })
    await task.credential('orders-rw')
  })

  it.each([
    { target: { all: true } },
    { target: { environment: 'staging' } },
    { target: { agent: 'fixer' } },
  ])('a freeze of $target ends what lives and grants nothing until it is lifted', async ({ target }) => {
    const task = await start(['orders-ro'])
    await task.credential('orders-ro')
    await post('/v1/freeze', { ...target, reason: 'drill' })
    expect(await roles()).toEqual([])
    await expect(task.credential('orders-ro')).rejects.toMatchObject({ code: 'task_ended' })
    await expect(start(['orders-ro'])).rejects.toMatchObject({ code: 'frozen' })
    await post('/v1/unfreeze', target)
    await using next = await start(['orders-ro'])
    await next.credential('orders-ro')
    expect(await list<TaskView>(`/v1/tasks?agent=fixer&limit=2`)).toContainEqual(
      expect.objectContaining({ id: task.id, end_reason: 'frozen' }),
    )
  })

  it('an ended task gets no further scopes', async () => {
    const task = await start(['orders-ro'])
    await task.end()
    const asked = world.agent.client.request({
      method: 'POST',
      path: `/v1/tasks/${task.id}/grants`,
      body: { scopes: ['orders-rw'] },
    })
    await expect(asked).rejects.toMatchObject({ code: 'task_ended' })
  })

  it('a disabled scope, root, agent or owner takes its work with it (I11)', async () => {
    const scoped = await start(['orders-ro', 'orders-rw'])
    await scoped.credential('orders-ro')
    await remove('/v1/scopes/orders-ro')
    expect(await roles()).toEqual([])
    await expect(scoped.credential('orders-ro')).rejects.toMatchObject({ code: 'not_granted' })
    await expect(start(['orders-ro'])).rejects.toMatchObject({ code: 'not_found' })
    await scoped.credential('orders-rw')

    await remove('/v1/users/mia')
    expect(await roles()).toEqual([])
    await expect(scoped.credential('orders-rw')).rejects.toMatchObject({ code: 'task_ended' })
    await expect(start(['orders-rw'])).rejects.toMatchObject({ code: 'forbidden' })
    // What the files say is so again as soon as they are applied.
    const applied = await world.broker.cli(['apply', '-f', world.files, '--yes'])
    expect(applied.code).toBe(0)

    await using again = await start(['orders-rw'])
    await again.credential('orders-rw')
    await remove('/v1/agents/fixer')
    expect(await roles()).toEqual([])
    await expect(start(['orders-rw'])).rejects.toMatchObject({ code: 'forbidden' })
  })
})
