import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { STAGING_POLICY, stagingText, writeFiles } from '../e2e/shops.ts'
import type { Identity, TestBroker } from '../harness/broker.ts'
import { type Gate, startGate } from '../harness/gate.ts'
import { readAudit } from './audit.ts'
import { type Desk, expectRefused, mint, order, startDesk } from './desk.ts'
import { type Answer, send, tokenOf } from './wire.ts'

let desk: Desk
let second: TestBroker
let gate: Gate
beforeAll(async () => {
  desk = await startDesk()
  second = await desk.broker.replica()
  // No notification ever comes: what holds then, holds without them.
  await desk.world.staging.admin(
    `CREATE OR REPLACE FUNCTION bump_config_version() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN UPDATE config_head SET version = version + 1; RETURN NULL; END $$`,
    'credbroker',
  )
  gate = await startGate({ host: '127.0.0.1', port: desk.world.staging.server.port })
}, 180_000)
afterAll(async () => {
  await gate?.stop()
  await desk?.world.stop()
})

const roles = () => desk.world.staging.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)
const startAt = async (at: TestBroker, body: object = order): Promise<TaskStarted> => {
  const answer = await desk.asAgent({ method: 'POST', path: '/v1/tasks', body, at })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body as unknown as TaskStarted
}
const mintAt = (at: TestBroker, { token }: TaskStarted, body: object = mint.body): Promise<Answer> =>
  send(desk.broker, { ...mint, body, token: token.access_token, key: desk.agent.key, at })
const post = (path: string, body?: object) => desk.asAdmin({ method: 'POST', path, body })
const applied = async (text: string, policy = STAGING_POLICY) => {
  const files = await writeFiles(join(desk.broker.home, 'next'), text, { 'staging.cedar': policy })
  const ran = await desk.broker.cli(['apply', '-f', files, '--yes'])
  expect(ran).toMatchObject({ code: 0 })
}

describe('what one broker revokes, the other refuses at its next request (I8)', () => {
  it('a grant, a task', async () => {
    const task = await startAt(desk.broker)
    expect((await mintAt(second, task)).status).toBe(201)
    const [grant] = task.task.grants
    expect((await desk.asAdmin({ method: 'DELETE', path: `/v1/grants/${grant?.id}` })).status).toBe(200)
    expectRefused(await mintAt(second, task), 'not_granted')

    const other = await startAt(second)
    expect((await mintAt(desk.broker, other)).status).toBe(201)
    expect((await post(`/v1/tasks/${other.task.id}/end`)).status).toBe(200)
    expectRefused(await mintAt(second, other), 'task_ended')
    expect(await roles()).toEqual([])
  })

  it('a freeze, and its end', async () => {
    const task = await startAt(second)
    expect((await post('/v1/freeze', { environment: 'staging' })).status).toBe(200)
    expectRefused(await mintAt(second, task), 'task_ended')
    expectRefused(
      await desk.asAgent({ method: 'POST', path: '/v1/tasks', body: order, at: second }),
      'frozen',
    )
    expect((await post('/v1/unfreeze', { environment: 'staging' })).status).toBe(200)
    expect((await mintAt(second, await startAt(second))).status).toBe(201)
  })

  it('a permit, and a scope made shorter', async () => {
    const task = await startAt(second)
    const text = stagingText(desk.world.staging, desk.broker.home)
    await applied(text, STAGING_POLICY.replace('permit(', 'forbid('))
    expectRefused(await mintAt(second, task), 'not_granted')
    expectRefused(
      await desk.asAgent({ method: 'POST', path: '/v1/tasks', body: order, at: second }),
      'denied',
    )
    await applied(text.replace('maxTtl: 10m', 'maxTtl: 1m'))
    const short = await mintAt(second, await startAt(second))
    const { expires_at } = short.body as unknown as { expires_at: string }
    // Not to the millisecond: the broker goes by the clock of its database.
    expect(Date.parse(expires_at) - Date.now()).toBeLessThan(120_000)
    await applied(text)
  })

  it('a person, disabled or with fewer roles (I11, I12)', async () => {
    const { token } = (await post('/v1/users/noa/invitations')).body
    await desk.broker.cli(['enroll', '--profile', 'noa'], { stdin: String(token) })
    const noa: Identity = await desk.broker.identity('noa')
    const noaToken = await tokenOf(desk.broker, noa)
    const freeze = () =>
      send(desk.broker, {
        method: 'POST',
        path: '/v1/freeze',
        body: { agent: 'other' },
        token: noaToken,
        key: noa.key,
        at: second,
      })
    expect((await freeze()).status).toBe(200)
    const text = stagingText(desk.world.staging, desk.broker.home)
    await applied(text.replace('noa: { roles: [operator, viewer] }', 'noa: { roles: [viewer] }'))
    expectRefused(await freeze(), 'forbidden')
    await applied(text)
    expect((await freeze()).status).toBe(200)
    expect((await desk.asAdmin({ method: 'DELETE', path: '/v1/users/noa' })).status).toBe(200)
    expectRefused(await freeze(), 'forbidden')
    await applied(text)
    await post('/v1/unfreeze', { agent: 'other' })
  })

  it('an agent, disabled', async () => {
    const task = await startAt(second)
    expect((await desk.asAdmin({ method: 'DELETE', path: '/v1/agents/fixer' })).status).toBe(200)
    expectRefused(await mintAt(second, task), 'task_ended')
    expectRefused(
      await desk.asAgent({ method: 'POST', path: '/v1/tasks', body: order, at: second }),
      'forbidden',
    )
    expect(await tokenOf(second, desk.agent)).toBe('undefined')
    await applied(stagingText(desk.world.staging, desk.broker.home))
  })

  it('a token signed by a new key of one broker is known to the other', async () => {
    expect((await post('/v1/keys/rotate', { purpose: 'access-token' })).status).toBe(200)
    const task = await startAt(desk.broker)
    expect((await mintAt(second, task)).status).toBe(201)
  })
})

describe('a mint on its way while the other broker changes what it stands on (I7, I8)', () => {
  const slowText = (allow: string) =>
    stagingText(desk.world.staging, desk.broker.home).replace(
      '\nscopes:\n',
      `\n  slow: { provider: postgres-role, environment: staging, owner: mia }\nscopes:\n  slow-ro: { root: slow, environment: staging, allow: ${allow} }\n`,
    )

  beforeAll(async () => {
    const root = { ...desk.world.staging.root, port: gate.port }
    const ran = await desk.broker.cli(
      ['root', 'add', 'slow', '--provider', 'postgres-role', '--env', 'staging', '--owner', 'mia'],
      { stdin: JSON.stringify(root) },
    )
    expect(ran).toMatchObject({ code: 0 })
    await applied(slowText('{ template: read-only, schemas: [public] }'))
  })

  it.each([
    ['before the vendor has made anything', 'CREATE ROLE'],
    ['when the vendor has made the role and its answer is late', 'commit'],
  ])(
    'frozen %s: no credential is given, and nothing lives',
    async (_when, statement) => {
      const task = await startAt(desk.broker, { ...order, scopes: ['slow-ro'] })
      const { held, release } = gate.hold(statement)
      const minting = mintAt(desk.broker, task, { scope: 'slow-ro' })
      await held
      const frozen = await desk.asAdmin({
        method: 'POST',
        path: '/v1/freeze',
        body: { all: true },
        at: second,
      })
      expect(frozen.status).toBe(200)
      release()
      const answer = await minting
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.text).not.toContain('password')
      await vi.waitUntil(async () => (await roles()).length === 0, { timeout: 60_000, interval: 200 })
      await post('/v1/unfreeze', { all: true })
      const { items } = (await desk.asAdmin({ path: `/v1/leases?task=${task.task.id}` })).body as never as {
        items: { id: string }[]
      }
      expect(items).toHaveLength(1)
      await vi.waitUntil(
        async () =>
          (await readAudit(desk.broker)).some(
            ({ type, phase, result, lease }) =>
              type === 'lease.minted' && phase === 'outcome' && result !== 'ok' && lease === items[0]?.id,
          ),
        20_000,
      )
    },
    90_000,
  )

  it('a scope that was narrowed meanwhile gives no credential of the wider one', async () => {
    const task = await startAt(desk.broker, { ...order, scopes: ['slow-ro'] })
    const { held, release } = gate.hold('commit')
    const minting = mintAt(desk.broker, task, { scope: 'slow-ro' })
    await held
    await applied(slowText('{ template: tables, tables: [{ table: customers, privileges: [select] }] }'))
    release()
    expectRefused(await minting, 'conflict')
    await vi.waitUntil(async () => (await roles()).length === 0, { timeout: 60_000, interval: 200 })
    const next = await startAt(desk.broker, { ...order, scopes: ['slow-ro'] })
    expect((await mintAt(desk.broker, next, { scope: 'slow-ro' })).status).toBe(201)
  }, 90_000)
})

it('what both of them recorded is one log, and verifies without either; one changed byte does not (I6)', async () => {
  const directory = join(desk.broker.home, 'export')
  const verify = () => desk.broker.cli(['audit', 'verify', directory, '--json'])
  expect(await desk.broker.cli(['audit', 'export', directory])).toMatchObject({ code: 0 })
  expect(await verify()).toMatchObject({ code: 0 })
  const [log = ''] = (await readdir(directory)).filter((name) => name.endsWith('.jsonl'))
  const text = await readFile(join(directory, log), 'utf8')
  expect(text).toContain('fixer')
  await writeFile(join(directory, log), text.replace('fixer', 'fixes'))
  expect((await verify()).code).not.toBe(0)
})
