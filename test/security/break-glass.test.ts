import { join } from 'node:path'
import type { BreakGlassList, BreakGlassView } from '@credbroker/core/wire/break-glass'
import type { Task } from '@credbroker/sdk/task'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { stagingText, startStaging, writeFiles } from '../e2e/shops.ts'
import type { Identity } from '../harness/broker.ts'
import { type Gate, startGate } from '../harness/gate.ts'
import { ask, type Person, person, setUp, setupToken, signedIn, stepUp } from '../harness/person.ts'
import { auditHas, readAudit } from './audit.ts'

/** Nobody may write, and the scope of the slow root is nobody’s. */
const POLICY = `@id("reads") permit(principal, action in Action::"read", resource == Scope::"orders-ro");
@id("reads-more") permit(principal, action in Action::"read", resource == Scope::"orders-rw");
@id("nobody-writes") @reason("Not on Fridays.") forbid(principal, action in Action::"write", resource);
`

let world: Awaited<ReturnType<typeof startStaging>>
let gate: Gate
let admin: Person
let other: Identity
beforeAll(async () => {
  world = await startStaging()
  const { broker, staging } = world
  gate = await startGate({ host: '127.0.0.1', port: staging.server.port })
  const stdin = JSON.stringify({ ...staging.root, port: gate.port })
  const slow = ['root', 'add', 'slow', '--provider', 'postgres-role', '--env', 'staging', '--owner', 'mia']
  expect(await broker.cli(slow, { stdin })).toMatchObject({ code: 0 })
  const text = stagingText(staging, broker.home).replace(
    '\nscopes:\n',
    `\n  slow: { provider: postgres-role, environment: staging, owner: mia }\nscopes:\n  slow-ro: { root: slow, environment: staging, allow: { template: read-only, schemas: [public] } }\n`,
  )
  const files = await writeFiles(join(broker.home, 'next'), text, { 'staging.cedar': POLICY })
  expect(await broker.cli(['apply', '-f', files, '--yes'])).toMatchObject({ code: 0 })
  other = await broker.enrolAgent('other')
  admin = await person(broker, 'admin')
}, 180_000)
afterAll(async () => {
  await gate?.stop()
  await world?.stop()
})

const order = { environment: 'staging', agent: 'fixer', reason: 'incident 42', ttl: '10m' }
/** As the admin, whose passkey answers first unless the test says that it did. */
async function breakIt(change: object = {}, token?: string) {
  if (token === undefined) await stepUp(admin, admin.token)
  return await ask(world.broker, {
    path: '/v1/break-glass',
    body: { ...order, ...change },
    token: token ?? admin.token,
  })
}
const broken = async (change: object = {}): Promise<BreakGlassView> => {
  const { status, body, text } = await breakIt(change)
  if (status !== 201) throw new Error(text)
  return body as unknown as BreakGlassView
}
const listed = () => world.broker.admin.request<BreakGlassList>({ method: 'GET', path: '/v1/break-glass' })
const endIt = (id: string) => world.broker.admin.request({ method: 'DELETE', path: `/v1/break-glass/${id}` })
const start = (scopes = ['orders-rw'], { client }: Identity = world.agent) =>
  client.startTask({ environment: 'staging', purpose: 'x', scopes, ttl: '30m' })
const roles = () => world.staging.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)
const rolesGone = () =>
  vi.waitUntil(async () => (await roles()).length === 0, { timeout: 60_000, interval: 200 })
const database = (statement: string) => world.staging.admin(statement, 'credbroker')

let tasks: Task[] = []
const started = async (...of: Parameters<typeof start>): Promise<Task> => {
  const task = await start(...of)
  tasks.push(task)
  return task
}
afterEach(async () => {
  for (const { id } of (await listed()).items) await endIt(id)
  for (const task of tasks.splice(0)) await task.end().catch(() => undefined)
  tasks = []
})

describe('who breaks the glass', () => {
  it('is an admin in a session that a passkey has just confirmed: no key, no other role, no agent (I12)', async () => {
    const send = (client: Identity['client']) =>
      client.request({ method: 'POST', path: '/v1/break-glass', body: order })
    await expect(send(world.broker.admin)).rejects.toMatchObject({ code: 'step_up_required' })
    await expect(send(world.agent.client)).rejects.toMatchObject({ code: 'forbidden' })
    const mia = await person(world.broker, 'mia')
    expect(await breakIt({}, mia.token)).toMatchObject({ code: 'forbidden' })
    const viaCode = await setUp(world.broker, await setupToken(world.broker, 'noa'))
    const codes = viaCode.answer.body['recovery_codes'] as string[]
    const limited = await ask(world.broker, { path: '/v1/sessions/recovery', body: { code: codes[0] } })
    expect(await breakIt({}, String(limited.body['token']))).toMatchObject({ code: 'forbidden' })
    expect((await listed()).items).toEqual([])
  })

  it('says why, for whom and for how long, half an hour at most (I3)', async () => {
    for (const wrong of [{ ttl: '31m' }, { ttl: 0 }, { reason: '' }, { agent: undefined }, { until: 'noon' }])
      expect(await breakIt(wrong)).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(await breakIt({ agent: 'nobody' })).toMatchObject({ code: 'not_found' })
    expect(await breakIt({ environment: 'nowhere' })).toMatchObject({ code: 'not_found' })
    expect(await breakIt({ environment: 'production', scopes: ['orders-rw'] })).toMatchObject({
      code: 'environment_mismatch',
    })
  })

  it('does it once for each answer of the passkey, however often it is sent', async () => {
    const token = await signedIn(admin)
    const first = await breakIt({}, token)
    expect(first.status).toBe(201)
    expect(await breakIt({}, token)).toMatchObject({ code: 'conflict' })
    await endIt(String(first.body['id']))
    expect(await breakIt({}, token)).toMatchObject({ code: 'step_up_required' })
    await stepUp(admin, token)
    const both = await Promise.all([breakIt({}, token), breakIt({ agent: 'other' }, token)])
    expect(both.filter(({ status }) => status === 201)).toHaveLength(1)
    expect((await listed()).items).toHaveLength(1)
  })

  it('two admins at once break it once for the same agent, and for another beside it', async () => {
    const tokens = [await signedIn(admin), await signedIn(admin)]
    const answers = await Promise.all(tokens.map((token) => breakIt({}, token)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
    const beside = await broken({ agent: 'other', scopes: ['slow-ro'] })
    expect((await listed()).items).toHaveLength(2)
    // Each for its own agent and scopes.
    await started(['orders-rw'])
    await started(['slow-ro'], other)
    await expect(start(['orders-rw'], other)).rejects.toMatchObject({ code: 'denied' })
    await endIt(beside.id)
    await expect(start(['slow-ro'], other)).rejects.toMatchObject({ code: 'denied' })
    await started(['slow-ro'])
  })
})

describe('while the glass is broken', () => {
  it('policy gives way, all of it says so, and nothing of it lives longer (I3)', async () => {
    await expect(start()).rejects.toMatchObject({ code: 'denied', reason: 'Not on Fridays.' })
    const glass = await broken()
    const task = await started(['orders-ro', 'orders-rw'])
    const ordinary = await task.credential('orders-ro')
    const lease = await task.credential('orders-rw')
    const end = new Date(glass.ends_at)
    expect(lease.deadBy.getTime()).toBeLessThanOrEqual(end.getTime())
    expect(lease.cappedBy).toBe('grant')
    const [reads, writes] = task.grants
    expect(writes?.endsAt).toEqual(end)
    expect(reads?.endsAt?.getTime()).toBeGreaterThan(end.getTime())
    const entries = async () => await readAudit(world.broker)
    await auditHas(world.broker, (one) => one.lease === lease.id && one.phase === 'outcome')
    const marked = (await entries()).filter(({ facts }) => facts?.['breakGlass'] === glass.id)
    expect(marked.map(({ type, phase }) => `${type} ${phase}`)).toEqual([
      'break-glass.started event',
      'grant.active event',
      'lease.minted intent',
      'lease.minted outcome',
    ])
    expect(marked[0]).toMatchObject({ actor: { kind: 'user', id: 'admin' }, reason: 'incident 42' })
    expect(marked.some(({ lease: id }) => id === ordinary.id)).toBe(false)
    expect(world.broker.log()).toContain('somebody broke the glass')
    for (const args of [['whoami'], ['env', 'show', 'staging'], ['break-glass', 'list']])
      expect((await world.broker.cli(args)).stdout).toContain(glass.id)
    expect((await world.broker.cli(['env', 'list'])).stdout).toContain('fixer until')
    const inSession = await ask(world.broker, { method: 'GET', path: '/v1/whoami', token: admin.token })
    expect(inSession.body['break_glass']).toMatchObject([{ id: glass.id, by: 'admin' }])
  })

  it('a frozen environment stays frozen, and a disabled scope disabled (I8)', async () => {
    await broken()
    const target = { environment: 'staging' }
    await world.broker.admin.request({ method: 'POST', path: '/v1/freeze', body: target })
    await expect(start()).rejects.toMatchObject({ code: 'frozen' })
    await world.broker.admin.request({ method: 'POST', path: '/v1/unfreeze', body: target })
    expect((await listed()).items).toHaveLength(1)
    await started()
  })
})

/** A credential under a break-glass of so many seconds; of more where this machine had other things to do meanwhile. */
async function mintedWithin(ttl: number): Promise<{ glass: BreakGlassView; task: Task }> {
  const glass = await broken({ ttl })
  try {
    const task = await started()
    await task.credential('orders-rw')
    return { glass, task }
  } catch (error) {
    if (ttl > 60) throw error
    await vi.waitUntil(async () => (await listed()).items.length === 0, { timeout: 60_000, interval: 200 })
    return await mintedWithin(ttl * 2)
  }
}

describe('when it ends', () => {
  it('early, at the command line: its credentials are dead and the ordinary ones are not (I8)', async () => {
    const glass = await broken()
    const task = await started(['orders-ro', 'orders-rw'])
    await task.credential('orders-ro')
    await task.credential('orders-rw')
    expect(await roles()).toHaveLength(2)
    expect(await world.broker.cli(['break-glass', 'end', glass.id])).toMatchObject({ code: 0 })
    await vi.waitUntil(async () => (await roles()).length === 1, { timeout: 60_000, interval: 200 })
    await expect(task.credential('orders-rw')).rejects.toMatchObject({ code: 'not_granted' })
    await task.credential('orders-ro')
    await expect(start()).rejects.toMatchObject({ code: 'denied' })
    await expect(endIt(glass.id)).rejects.toMatchObject({ code: 'not_found' })
    const fits = ({ type, facts }: { type: string; facts?: Readonly<Record<string, unknown>> }) =>
      type === 'break-glass.ended' && facts?.['breakGlass'] === glass.id && facts['change'] === 'ended'
    await auditHas(world.broker, fits)
  })

  it('in the middle of a mint: no credential is given, and nothing lives (I7)', async () => {
    const glass = await broken()
    const task = await started(['slow-ro'])
    const { held, release } = gate.hold('commit')
    const minting = task.credential('slow-ro')
    minting.catch(() => undefined)
    await held
    await endIt(glass.id)
    release()
    await expect(minting).rejects.toMatchObject({
      code: expect.stringMatching(/denied|task_ended|not_granted/),
    })
    await rolesGone()
  })

  it('by itself, at the time that the database says: the next mint is denied and what lived is gone (I3)', async () => {
    const { glass, task } = await mintedWithin(3)
    await rolesGone()
    await vi.waitUntil(async () => (await listed()).items.length === 0, { timeout: 60_000, interval: 200 })
    await expect(task.credential('orders-rw')).rejects.toMatchObject({ code: 'not_granted' })
    await expect(start()).rejects.toMatchObject({ code: 'denied' })
    await auditHas(
      world.broker,
      ({ type, facts }) =>
        type === 'break-glass.ended' && facts?.['breakGlass'] === glass.id && facts['change'] === 'expired',
    )
  })
})

it('written into the database by hand, or put back there, it opens nothing and denies everything (I13)', async () => {
  const task = await started(['orders-ro'])
  await task.credential('orders-ro')
  const keep = `CREATE TABLE kept AS SELECT body, mac FROM controls`
  const undo = `UPDATE controls c SET body = kept.body, mac = kept.mac FROM kept WHERE c.name = kept.body ->> 'name'; DROP TABLE kept`
  const forged = {
    ...{ id: 'bgl_01jd2q8c0v3m5n7p9r1t3w5y7z', environment: 'staging', agent: 'fixer', scopes: null },
    ...{ reason: 'x', by: 'admin', at: new Date().toISOString(), endsAt: '2999-01-01T00:00:00.000Z' },
  }
  const see = async () => {
    await expect(start(['orders-rw'])).rejects.toMatchObject({ code: 'tampered' })
    await expect(task.credential('orders-ro')).rejects.toMatchObject({ code: 'tampered' })
  }
  await database(keep)
  await database(
    `UPDATE controls SET body = jsonb_set(body, '{breakGlass}', '[${JSON.stringify(forged)}]') WHERE name = 'controls'`,
  )
  await see()
  await database(undo)
  await task.credential('orders-ro')

  const glass = await broken()
  await database(`CREATE TABLE old AS SELECT body, mac FROM controls WHERE name = 'controls'`)
  await endIt(glass.id)
  await database(keep)
  await database(`UPDATE controls c SET body = old.body, mac = old.mac FROM old WHERE c.name = 'controls'`)
  await see()
  await database(`${undo}; DROP TABLE old`)
  await task.credential('orders-ro')
  await expect(start(['orders-rw'])).rejects.toMatchObject({ code: 'denied' })
})
