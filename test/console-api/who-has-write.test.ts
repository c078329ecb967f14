import type { Access } from '@credbroker/core/access'
import type { AgentRow, UserRow, WhoHasWrite } from '@credbroker/core/wire/who-has-write'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startWorld, type World } from '../e2e/shops.ts'
import type { Identity } from '../harness/broker.ts'

let world: World
let other: Identity

beforeAll(async () => {
  world = await startWorld()
  other = await world.broker.enrolAgent('other')
}, 180_000)
afterAll(() => world?.stop())

const post = <Answer>(path: string, body: unknown) =>
  world.broker.admin.request<Answer>({ method: 'POST', path, body })
const report = (query = '') =>
  world.broker.admin.request<WhoHasWrite>({ method: 'GET', path: `/v1/reports/who-has-write${query}` })
const rowOf = async <Row extends AgentRow | UserRow>(principal: string, query = ''): Promise<Row> => {
  const { items } = await report(`?principal=${principal}${query}`)
  expect(items).toHaveLength(1)
  return items[0] as Row
}
const cells = ({ cells: all }: AgentRow | UserRow) =>
  all.map(({ environment, access, answer }) => `${environment} ${access} ${answer}`)
const agents = () => [world.agent, other]
const SCOPES = ['orders-ro', 'orders-rw', 'orders-live-ro']

describe('GET /v1/reports/who-has-write', () => {
  it('says what the tasks of every agent get, and what simulate says', async () => {
    const { items, environments, access } = await report()
    expect(environments.map(({ name }) => name)).toEqual(['production', 'staging'])
    expect(access).toHaveLength(6)
    for (const { principal, client } of agents()) {
      const row = items.find((item) => item.principal === principal) as AgentRow
      for (const scope of SCOPES) {
        const environment = scope === 'orders-live-ro' ? 'production' : 'staging'
        const said = row.cells.flatMap((cell) =>
          cell.ways.some((way) => way.scope === scope) ? [cell.access] : [],
        )
        const simulated = await post<{ verdict: string; decisions: { access: Access }[] }>('/v1/simulate', {
          agent: principal.slice('agent:'.length),
          scope,
          environment,
        })
        const levels = simulated.verdict === 'permit' ? simulated.decisions.map((one) => one.access) : []
        expect(said, `${principal} ${scope}`).toEqual(levels)
        const started = await client
          .startTask({ environment, purpose: 'compare', scopes: [scope] })
          .catch(() => undefined)
        expect(started?.grants.flatMap((grant) => grant.access) ?? [], `${principal} ${scope}`).toEqual(said)
        await started?.end()
      }
    }
    expect(await rowOf('agent:fixer')).toMatchObject({
      owner: 'mia',
      teams: ['payments'],
      cells: [
        { environment: 'production', access: 'read', answer: 'yes' },
        {
          environment: 'staging',
          access: 'read',
          ways: [{ scope: 'orders-ro', policies: ['staging-read-write'] }, { scope: 'orders-rw' }],
        },
        { environment: 'staging', access: 'write', ways: [{ scope: 'orders-rw' }] },
      ],
    })
  })

  it('knows when a scope was last used, and by whom not at all', async () => {
    expect(await rowOf<AgentRow>('agent:fixer')).toMatchObject({
      unused: [{ scope: 'orders-live-ro', last_used: null }, { scope: 'orders-ro' }, { scope: 'orders-rw' }],
    })
    const before = Date.now()
    {
      await using task = await world.agent.client.startTask({
        environment: 'staging',
        purpose: 'use it',
        scopes: ['orders-rw'],
      })
      await task.credential('orders-rw')
    }
    await vi.waitFor(async () => {
      const row = await rowOf<AgentRow>('agent:fixer')
      expect(row.unused.map(({ scope }) => scope)).toEqual(['orders-live-ro', 'orders-ro'])
      const write = row.cells.find(({ access }) => access === 'write')
      expect(Date.parse(write?.last_used ?? '')).toBeGreaterThan(before - 60_000)
      expect(write?.ways[0]?.last_used).toBe(write?.last_used)
    }, 20_000)
    expect((await rowOf<AgentRow>('agent:other')).unused).toHaveLength(3)
  })

  it('says of people what they could bring about, and by what', async () => {
    expect(cells(await rowOf('user:mia'))).toEqual([
      'production read yes',
      'staging read yes',
      'staging write yes',
    ])
    expect((await rowOf<UserRow>('user:mia')).cells[0]?.because).toEqual([
      { means: 'owns-agent', agent: 'fixer', answer: 'yes', reason: 'Owns fixer, which may' },
    ])
    const { items } = await report()
    const admin = items.find((item) => item.kind === 'user' && item.roles.includes('admin')) as UserRow
    expect(admin).toMatchObject({ passkey: false, owns: [] })
    // Nobody could approve yet, so configuration is free.
    expect(new Set(cells(admin).map((cell) => cell.split(' ')[2]))).toEqual(new Set(['yes']))
    expect(admin.cells).toHaveLength(12)
  })

  it('pages by principal, and narrows by environment, level and principal', async () => {
    const whole = (await report()).items.map(({ principal }) => principal)
    expect(whole).toEqual([...whole].sort())
    const paged: string[] = []
    for (let cursor = ''; ; ) {
      const page = await report(`?limit=2${cursor}`)
      paged.push(...page.items.map(({ principal }) => principal))
      if (page.next_cursor === undefined) break
      cursor = `&cursor=${page.next_cursor}`
    }
    expect(paged).toEqual(whole)
    expect(cells(await rowOf('agent:fixer', '&environment=staging&access=write'))).toEqual([
      'staging write yes',
    ])
    expect(await report('?environment=nowhere')).toMatchObject({ environments: [] })
  })

  it('is for people who may look, and takes nothing that is not known', async () => {
    const path = '/v1/reports/who-has-write'
    await expect(world.agent.client.request({ method: 'GET', path })).rejects.toMatchObject({
      code: 'forbidden',
    })
    for (const bad of ['?access=own', '?cursor=1', '?unused_days=0', '?environment=A', '?everything=1'])
      await expect(report(bad)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('says no where somebody froze, disabled or changed something, and why', async () => {
    await post('/v1/freeze', { environment: 'staging' })
    expect((await report()).environments).toMatchObject([
      { name: 'production' },
      { name: 'staging', stopped: 'frozen' },
    ])
    expect(cells(await rowOf('agent:fixer'))).toEqual(['production read yes'])
    await post('/v1/unfreeze', { environment: 'staging' })
    await post('/v1/freeze', { agent: 'fixer' })
    expect(await rowOf('agent:fixer')).toMatchObject({ stopped: 'frozen', cells: [], unused: [] })
    await post('/v1/unfreeze', { agent: 'fixer' })
    await world.broker.admin.request({ method: 'DELETE', path: '/v1/users/noa' })
    expect(await rowOf('agent:other')).toMatchObject({ stopped: 'owner_disabled', cells: [] })
    expect(await rowOf('user:noa')).toMatchObject({ stopped: 'disabled', cells: [] })
  })
})

describe('broker who-has-write', () => {
  const cli = async (...args: string[]) => {
    const ran = await world.broker.cli(['who-has-write', ...args])
    expect(ran.stderr).toBe('')
    expect(ran.code).toBe(0)
    return ran.stdout
  }

  it('is one table, one document or one sheet', async () => {
    const text = await cli('--env', 'staging', '--access', 'write', '--agent', 'fixer')
    expect(text).toMatch(/agent:fixer +staging +write +yes +orders-rw +staging-read-write/)
    const document = JSON.parse(await cli('--json')) as WhoHasWrite
    expect(document.items.map(({ principal }) => principal)).toContain('agent:fixer')
    expect(document).not.toHaveProperty('next_cursor')
    const lines = (await cli('--csv', '--agent', 'fixer')).split('\r\n')
    expect(lines[0]).toMatch(/^principal,environment,access,answer,/)
    expect(lines[1]).toMatch(/^agent:fixer,production,read,yes,,orders-live-ro,,production-read,,,,$/)
    expect(await cli('--unused')).toMatch(/agent:fixer +orders-ro +staging +read/)
  })
})
