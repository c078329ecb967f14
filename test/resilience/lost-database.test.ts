import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Shop, startShop } from '../../packages/providers/test/postgres-fixture.ts'
import { STAGING_POLICY, stagingText, writeFiles } from '../e2e/shops.ts'
import { type Identity, startTestBroker, type TestBroker } from '../harness/broker.ts'
import { type Gate, startGate } from '../harness/gate.ts'
import { readAudit } from '../security/audit.ts'
import { type Answer, type RawRequest, send, tokenOf } from '../security/wire.ts'
import { type Switch, startSwitch } from './switch.ts'

let shop: Shop
let gate: Gate
beforeAll(async () => {
  shop = (await startShop(18)) as Shop
  gate = await startGate({ host: '127.0.0.1', port: shop.server.port })
}, 120_000)
afterAll(async () => {
  await gate?.stop()
  await shop?.close()
})

/** A broker with an agent; its only root is reached through the gate. */
async function equip(broker: TestBroker): Promise<{ agent: Identity; token: string }> {
  const root = JSON.stringify({ ...shop.root, port: gate.port })
  await writeFile(join(broker.home, 'staging.json'), root, { mode: 0o600 })
  const files = join(broker.home, 'broker')
  await writeFiles(files, stagingText(shop, broker.home), { 'staging.cedar': STAGING_POLICY })
  const applied = await broker.cli(['apply', '-f', files, '--yes'])
  if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr)
  const agent = await broker.enrolAgent('fixer')
  return { agent, token: await tokenOf(broker, agent) }
}

const body = { environment: 'staging', purpose: 'x', scopes: ['orders-ro'], ttl: '5m' }
const roles = () => shop.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)
const readyOf = async ({ url }: TestBroker) => (await fetch(`${url}/readyz`)).status
const mayPass = ['store_unavailable', 'audit_unavailable']

describe('a database behind DATABASE_URL that goes away and comes back', () => {
  let way: Switch
  let broker: TestBroker
  let agent: Identity
  let ask: (request: RawRequest) => Promise<Answer>
  let pid: number
  beforeAll(async () => {
    way = await startSwitch(shop.server.port)
    const url = new URL(await shop.server.createDatabase('lost_and_found'))
    await shop.admin('REVOKE CONNECT ON DATABASE lost_and_found FROM PUBLIC', 'postgres')
    url.port = String(way.port)
    broker = await startTestBroker({ databaseUrl: url.href })
    const equipped = await equip(broker)
    agent = equipped.agent
    ask = (request) => send(broker, { token: equipped.token, key: agent.key, ...request })
    pid = broker.pid
  }, 120_000)
  afterAll(async () => {
    await broker?.stop()
    await way?.stop()
  })
  const start = () => ask({ method: 'POST', path: '/v1/tasks', body })
  const back = () =>
    vi.waitUntil(async () => (await readyOf(broker)) === 200, { timeout: 20_000, interval: 50 })

  it('until then every request is answered 503 with a code that says to try again; nothing hangs or ends', async () => {
    const { token } = (await start()).body as unknown as TaskStarted
    const task = token.access_token
    const admin = await broker.identity('default')
    const adminToken = await tokenOf(broker, admin)
    way.cut()
    const asked: RawRequest[] = [
      { method: 'POST', path: '/v1/tasks', body },
      { method: 'POST', path: '/v1/credentials', body: { scope: 'orders-ro' }, token: task },
      { path: '/v1/tasks' },
      { path: '/v1/roots', token: adminToken, key: admin.key },
      { method: 'POST', path: '/v1/freeze', body: { all: true }, token: adminToken, key: admin.key },
    ]
    for (const request of asked) {
      const answer = await ask(request)
      expect({ path: request.path, status: answer.status, code: answer.code }).toEqual({
        path: request.path,
        status: 503,
        code: expect.toBeOneOf(mayPass),
      })
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
    }
    expect(await readyOf(broker)).toBe(503)
    expect((await fetch(`${broker.url}/healthz`)).status).toBe(200)
    way.open()
    await back()
    expect((await start()).status).toBe(201)
    expect(broker.pid).toBe(pid)
  })

  it('a mint whose outcome cannot be stored gives no credential, and what the vendor made does not stay (I6, I7)', async () => {
    const { token, task } = (await start()).body as unknown as TaskStarted
    const { held, release } = gate.hold('commit')
    const minting = ask({
      method: 'POST',
      path: '/v1/credentials',
      body: { scope: 'orders-ro' },
      token: token.access_token,
    })
    await held
    way.cut()
    release()
    const answer = await minting
    expect(answer).toMatchObject({ status: 503, code: expect.toBeOneOf(mayPass) })
    expect(answer.text).not.toContain('password')
    expect(await roles()).toHaveLength(1)
    way.open()
    // The reservation's deadline is what brings the sweeper: nobody was left to say that it failed.
    await vi.waitUntil(async () => (await roles()).length === 0, { timeout: 60_000, interval: 200 })
    const entries = (await readAudit(broker)).filter(
      (entry) => entry.task === task.id && entry.type === 'lease.minted',
    )
    expect(entries.filter(({ phase }) => phase === 'intent')).toHaveLength(1)
    expect(entries.filter(({ phase, result }) => phase === 'outcome' && result === 'ok')).toEqual([])
  }, 90_000)

  it('that crashes under load loses no answered change and does none twice', async () => {
    const [backend] = await shop.admin(
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`,
      'lost_and_found',
    )
    await expectWholeThroughout(broker, ask, agent, () => process.kill(Number(backend?.['pid']), 'SIGKILL'))
    expect(broker.pid).toBe(pid)
  }, 60_000)
})

describe('the embedded PostgreSQL', () => {
  let broker: TestBroker
  let agent: Identity
  let ask: (request: RawRequest) => Promise<Answer>
  beforeAll(async () => {
    broker = await startTestBroker({})
    const equipped = await equip(broker)
    agent = equipped.agent
    ask = (request) => send(broker, { token: equipped.token, key: agent.key, ...request })
  }, 120_000)
  afterAll(() => broker?.stop())
  const postmaster = async () => {
    const file = join(broker.stateDir, 'pg', 'cluster', 'data', 'postmaster.pid')
    return Number((await readFile(file, 'utf8')).split('\n')[0])
  }

  it('killed with -9 under load is started again: no answered change is lost and none is done twice', async () => {
    const pid = broker.pid
    const old = await postmaster()
    const unready = vi.waitUntil(async () => (await readyOf(broker)) === 503, {
      timeout: 20_000,
      interval: 5,
    })
    await expectWholeThroughout(broker, ask, agent, () => process.kill(old, 'SIGKILL'))
    await unready
    expect(broker.pid).toBe(pid)
    expect(await postmaster()).not.toBe(old)
  }, 60_000)

  it('outlives a broker that is killed with -9, and is taken over by the next', async () => {
    const old = await postmaster()
    const started = await ask({ method: 'POST', path: '/v1/tasks', body })
    await broker.kill9()
    process.kill(old, 0)
    await broker.restart()
    expect(await postmaster()).toBe(old)
    const { task } = started.body as unknown as TaskStarted
    expect(await ask({ path: `/v1/tasks/${task.id}` })).toMatchObject({ status: 200, body: { id: task.id } })
  }, 60_000)

  it('and the broker, both killed with -9, come back with everything that was answered', async () => {
    const started = await ask({ method: 'POST', path: '/v1/tasks', body })
    const old = await postmaster()
    process.kill(old, 'SIGKILL')
    await broker.kill9()
    await broker.restart()
    const { task } = started.body as unknown as TaskStarted
    expect(await ask({ path: `/v1/tasks/${task.id}` })).toMatchObject({ status: 200, body: { id: task.id } })
    expect(broker.log()).not.toContain('frozen')
  }, 60_000)
})

/** Starts tasks all the time, lets the database die, and goes on until it is back; then looks at every one of them. */
async function expectWholeThroughout(
  broker: TestBroker,
  ask: (request: RawRequest) => Promise<Answer>,
  agent: Identity,
  kill: () => void,
): Promise<void> {
  const known = new Map<string, string>()
  const refused = new Set<string>()
  const strange: Answer[] = []
  let sound = 0
  const once = async (key: string) => {
    const answer = await ask({
      method: 'POST',
      path: '/v1/tasks',
      body,
      headers: { 'idempotency-key': key },
    })
    if (answer.status === 201) {
      known.set(key, (answer.body as unknown as TaskStarted).task.id)
      sound++
    } else if (answer.status === 503 && mayPass.includes(answer.code ?? '')) refused.add(key)
    else strange.push(answer)
  }
  const enough = async (reached: () => boolean) => {
    while (!reached()) await Promise.all(Array.from({ length: 4 }, () => once(randomUUID())))
  }
  await enough(() => sound >= 8)
  kill()
  await enough(() => refused.size > 0)
  sound = 0
  await enough(() => sound >= 8)
  expect(strange.map(({ status, text }) => ({ status, text }))).toEqual([])

  const before = new Map(known)
  for (const key of [...before.keys(), ...refused]) await once(key)
  // The same key is the same task, whether its first answer arrived or not.
  for (const [key, id] of before) expect(known.get(key)).toBe(id)
  const ids = new Set(known.values())
  expect(ids.size).toBe(known.size)
  await vi.waitUntil(
    async () => {
      const started = (await readAudit(broker)).filter(
        ({ type, task, actor }) => type === 'task.started' && task && actor.id === agent.principal.slice(6),
      )
      const counted = started.filter(({ task }) => ids.has(task ?? ''))
      return counted.length === ids.size && new Set(counted.map(({ task }) => task)).size === ids.size
    },
    { timeout: 10_000, interval: 200 },
  )
}
