import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Identity } from '../harness/broker.ts'
import { auditHas } from './audit.ts'
import { type Desk, expectRefused, order, startDesk } from './desk.ts'
import { proofFor, type RawRequest, send, tokenOf } from './wire.ts'

let desk: Desk
let original: string
const file = () => join(desk.world.files, 'broker.yaml')
beforeAll(async () => {
  desk = await startDesk()
  original = await readFile(file(), 'utf8')
}, 180_000)
afterAll(() => desk?.world.stop())

vi.setConfig({ testTimeout: 60_000 })
const database = (statement: string) => desk.world.staging.admin(statement, 'credbroker')
const apply = async (edit: (text: string) => string = (text) => text, profile = 'default') => {
  await writeFile(file(), edit(original))
  return await desk.broker.cli(['apply', '-f', desk.world.files, '--yes', '--json'], { profile })
}
const applied = async (edit?: (text: string) => string) => {
  const ran = await apply(edit)
  expect(ran).toMatchObject({ code: 0 })
}
async function enrolUser(name: string, profile = name): Promise<Identity> {
  const path = `/v1/users/${name}/invitations`
  const { token } = await desk.broker.admin.request<{ token: string }>({ method: 'POST', path })
  const ran = await desk.broker.cli(['enroll', '--profile', profile], { stdin: token })
  expect(ran).toMatchObject({ code: 0 })
  return await desk.broker.identity(profile)
}
const startTask = (scope: string) =>
  desk.agent.client.startTask({ environment: 'staging', purpose: 'x', scopes: [scope] })
const as = async (identity: Identity, request: RawRequest) =>
  await send(desk.broker, { token: await tokenOf(desk.broker, identity), key: identity.key, ...request })

describe('who may change what', () => {
  it('an operator who applies files makes nobody an administrator, himself included', async () => {
    await applied()
    await enrolUser('mia')
    for (const roles of ['[admin, operator, viewer]', '[viewer]']) {
      const ran = await apply(
        (text) => text.replace('mia: { roles: [operator, viewer] }', `mia: { roles: ${roles} }`),
        'mia',
      )
      expect(ran.code).not.toBe(0)
      expect(ran.stdout).toContain('forbidden')
    }
    const same = await apply((text) => text.replace('maxTtl: 10m', 'maxTtl: 9m'), 'mia')
    expect(same).toMatchObject({ code: 0 })
    await applied()
  })

  it('only an admin puts an object: nobody who operates, no agent, no task', async () => {
    await applied()
    const mia = await enrolUser('mia', 'operator')
    const bodies = {
      'environments/x': {},
      'scopes/x': { root: 'staging-orders', environment: 'staging', allow: {} },
      'agents/x': { owner: 'mia' },
      'teams/x': {},
      'users/x': {},
      'roots/staging-orders': { owner: 'mia' },
    }
    for (const [path, body] of Object.entries(bodies))
      for (const ask of [desk.asAgent, desk.asTask, (request: RawRequest) => as(mia, request)])
        expectRefused(await ask({ method: 'PUT', path: `/v1/${path}`, body }), 'forbidden')
    const draft = { policies: [{ name: 'x', text: 'forbid(principal, action, resource);' }] }
    const question = { agent: 'fixer', scope: 'orders-ro', environment: 'staging' }
    for (const [path, body] of [
      ['policies/check', draft],
      ['simulate', { ...question, draft }],
      ['simulate/impact', { draft }],
    ] as const) {
      for (const ask of [desk.asAgent, desk.asTask])
        expectRefused(await ask({ method: 'POST', path: `/v1/${path}`, body }), 'forbidden')
      expect((await as(mia, { method: 'POST', path: `/v1/${path}`, body })).status, path).toBe(200)
    }
  })

  it('a user without a role sees nothing of an agent of the same name (I12)', async () => {
    await applied((text) => text.replace('users:', 'users:\n  fixer: { roles: [] }'))
    const namesake = await enrolUser('fixer', 'namesake')
    for (const path of ['/v1/tasks', '/v1/grants', '/v1/leases', `/v1/tasks/${desk.task.task.id}`])
      expect((await as(namesake, { path })).status, path).toBeGreaterThanOrEqual(403)
    await applied()
  })

  it('an invitation by somebody who has been disabled since is worth nothing', async () => {
    await applied()
    const mia = await desk.broker.identity('mia')
    const { token } = await mia.client.request<{ token: string }>({
      method: 'POST',
      path: '/v1/agents/other/invitations',
    })
    await desk.asAdmin({ method: 'DELETE', path: '/v1/users/mia' })
    const ran = await desk.broker.cli(['enroll', '--profile', 'late', '--json'], { stdin: token })
    expect(ran.code).not.toBe(0)
    await applied()
  })

  it('whoever is refused for what they are is named in the log (I6)', async () => {
    const answer = await desk.asAgent({ path: '/v1/users' })
    expectRefused(answer, 'forbidden')
    await auditHas(
      desk.broker,
      (entry) => entry.request === answer.body.request_id && entry.actor.id === 'fixer',
    )
  })
})

describe('what changes under a task ends what the task holds of it', () => {
  it('an environment with anchors of several vendors mints; each vendor is told of its own', async () => {
    await applied((text) =>
      text.replace(/(staging:\n.*\n {4}anchors: \[)/, '$1{ vendor: aws, id: "111122223333" }, '),
    )
    const task = await startTask('orders-ro')
    await task.credential('orders-ro')
    await task.end()
    await applied()
  })

  it.each([
    ['its scope allows less', 'template: read-write,', 'template: read-only,'],
    ['its environment becomes protected', 'tier: standard', 'tier: protected'],
    ['its environment loses an anchor', '{ vendor: aws, id: "111122223333" }, ', ''],
    [
      'its scope’s credentials may live less long (I3)',
      'maxTtl: 1h, access: [read]',
      'maxTtl: 30s, access: [read]',
    ],
    ['its agent’s tasks may be less long (I3)', 'fixer: { owner: mia', 'fixer: { maxTask: 1m, owner: mia'],
  ])('%s (I2)', async (_what, from, to) => {
    const withAws = (text: string) =>
      text.replace(/(staging:\n.*\n {4}anchors: \[)/, '$1{ vendor: aws, id: "111122223333" }, ')
    await applied(withAws)
    const task = await startTask('orders-rw')
    const lease = await task.credential('orders-rw')
    await applied((text) => withAws(text).replace(from, to))
    await vi.waitFor(async () => {
      const [row] = await database(`SELECT state FROM leases WHERE id = '${lease.id}'`)
      expect(row).toEqual({ state: 'ended' })
    }, 10_000)
    await expect(task.credential('orders-rw')).rejects.toMatchObject({ status: 403 })
    await applied()
  })

  it('a policy that forbids it is put, one that no file owns (I10)', async () => {
    await applied()
    const path = '/v1/policies/night-shift'
    const text =
      '@id("night-shift") @reason("Not now.") forbid(principal == Agent::"fixer", action, resource);'
    expectRefused(await desk.asAgent({ method: 'PUT', path, body: { text } }), 'forbidden')
    expectRefused(await desk.asAdmin({ method: 'PUT', path, body: { text: 'permit(' } }), 'config_invalid')
    expectRefused(
      await desk.asAdmin({ method: 'PUT', path: '/v1/policies/staging.cedar', body: { text } }),
      'conflict',
    )
    const task = await startTask('orders-ro')
    const lease = await task.credential('orders-ro')
    expect((await desk.asAdmin({ method: 'PUT', path, body: { text } })).body).toMatchObject({
      source: 'api',
    })
    await vi.waitFor(async () => {
      const [row] = await database(`SELECT state FROM leases WHERE id = '${lease.id}'`)
      expect(row).toEqual({ state: 'ended' })
    }, 10_000)
    await expect(task.credential('orders-ro')).rejects.toMatchObject({ status: 403 })
    // Applying files leaves alone what they do not name.
    await applied()
    expect((await desk.asAdmin({ path })).body).toMatchObject({ text })
    expect((await desk.asAdmin({ method: 'DELETE', path })).status).toBe(200)
    expectRefused(await desk.asAdmin({ path }), 'not_found')
    await (await startTask('orders-ro')).end()
  })

  it('its agent was disabled by a broker that died before it ended the work (I11)', async () => {
    await applied((text) => text.replace(/ {2}other: .*\n/, ''))
    await database(`INSERT INTO tasks (id, agent, owner, environment, purpose, jkt, ends_at)
      VALUES ('tsk_01jd2q8c0v3m5n7p9r1t3w5y7z', 'other', 'noa', 'staging', 'x', '${desk.agent.key.thumbprint}', now() + interval '1 hour')`)
    await vi.waitFor(async () => {
      const [row] = await database(`SELECT state FROM tasks WHERE id = 'tsk_01jd2q8c0v3m5n7p9r1t3w5y7z'`)
      expect(row).toEqual({ state: 'ended' })
    }, 20_000)
    await applied()
  })
})

describe('what the database says of roots, anchors and users is checked before it is believed (I13)', () => {
  it('an earlier credential of a root, put back by hand', async () => {
    await applied()
    const before = await desk.asAdmin({ path: '/v1/roots/staging-orders' })
    const rotated = await desk.asAdmin({ method: 'POST', path: '/v1/roots/staging-orders/rotate' })
    expect(rotated.status).toBe(200)
    expect(rotated.body['added_at']).not.toBe(before.body['added_at'])
    const task = await startTask('orders-ro')
    await task.credential('orders-ro')
    const swap = (current: number, retired: number) =>
      database(`UPDATE root_secrets SET state = 'retired' WHERE root = 'staging-orders' AND version = ${retired};
        UPDATE root_secrets SET state = 'current' WHERE root = 'staging-orders' AND version = ${current}`)
    await swap(1, 2)
    await expect(task.credential('orders-ro')).rejects.toMatchObject({ code: 'tampered' })
    await swap(2, 1)
    await task.credential('orders-ro')
    await task.end()
  })

  it('an anchor put in by hand does not make a root fit', async () => {
    await database(`INSERT INTO anchors (body, mac) VALUES
      ('{"vendor": "postgres", "id": "1234567890123456789/elsewhere", "environment": "staging", "shared": false}', 'x')`)
    const answer = await desk.asAdmin({ method: 'POST', path: '/v1/roots/staging-orders/check' })
    expectRefused(answer, 'tampered')
    await database(`DELETE FROM anchors WHERE id = '1234567890123456789/elsewhere'`)
  })

  it('a number that no document of ours holds spoils its own row and nothing else', async () => {
    await database(`UPDATE teams SET body = body || '{"size": 1e400}' WHERE name = 'payments'`)
    expect((await desk.asAdmin({ path: '/v1/users/noa' })).body).toMatchObject({ tampered: false })
    const answer = await desk.asAdmin({ path: '/v1/teams/payments' })
    expect(answer.body).toMatchObject({ tampered: true })
    await database(`UPDATE teams SET body = body - 'size' WHERE name = 'payments'`)
  })

  it('an older configuration under a running broker', async () => {
    const task = await startTask('orders-ro')
    await database(`UPDATE config_head SET version = version - 1`)
    await expect(task.credential('orders-ro')).rejects.toMatchObject({ code: 'tampered' })
    await database(`UPDATE config_head SET version = version + 1`)
    await task.credential('orders-ro')
    await task.end()
  })

  it('a row of which only the seal was broken is sealed again by applying', async () => {
    await database(`UPDATE users SET mac = 'x' WHERE name = 'noa'`)
    expect((await desk.asAdmin({ path: '/v1/users/noa' })).body).toMatchObject({ tampered: true })
    await applied()
    expect((await desk.asAdmin({ path: '/v1/users/noa' })).body).toMatchObject({ tampered: false })
  })
})

describe('a request that is refused costs little and leaves its mark once', () => {
  it('a body nested without end, a key too long, a byte no text has', async () => {
    const nested = `{"config":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expectRefused(await desk.asAdmin({ method: 'POST', path: '/v1/apply', body: nested }), 'invalid_request')
    const deepSecret = `{"name":"x","provider":"postgres-role","owner":"mia","secret":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expectRefused(
      await desk.asAdmin({ method: 'POST', path: '/v1/roots', body: deepSecret }),
      'invalid_request',
    )
    const headers = { 'idempotency-key': 'k'.repeat(300) }
    expectRefused(
      await desk.asAgent({ method: 'POST', path: '/v1/tasks', body: order, headers }),
      'invalid_request',
    )
    expectRefused(await desk.asAdmin({ path: '/v1/leases?provider=%00' }), 'invalid_request')
    const reason = { environment: 'staging', reason: 'a\u0000b' }
    expectRefused(await desk.asAdmin({ method: 'POST', path: '/v1/freeze', body: reason }), 'invalid_request')
  })

  it('a stranger who enrols with nothing leaves no rows behind', async () => {
    const { key } = desk.agent
    const { kty, crv, x, y } = key.publicJwk as { kty: string; crv: string; x: string; y: string }
    const before = await desk.count('proofs')
    for (let i = 0; i < 5; i++) {
      const proof = proofFor(desk.broker, key, { method: 'POST', path: '/v1/enrolments' })
      const body = { token: 'brk_enr_x', key: { kty, crv, x, y } }
      expectRefused(
        await send(desk.broker, { method: 'POST', path: '/v1/enrolments', proof, body }),
        'enrolment_invalid',
      )
    }
    expect(await desk.count('proofs')).toBeLessThanOrEqual(before)
  })

  it('a proof counts once, also where nothing was granted and where a request is repeated', async () => {
    const denied = { method: 'POST', path: '/v1/tasks', body: { ...order, scopes: ['nothing'] } }
    const repeated = {
      method: 'POST',
      path: '/v1/tasks',
      body: order,
      headers: { 'idempotency-key': 'once-more' },
    }
    await desk.asAgent(repeated)
    for (const request of [denied, repeated]) {
      const proof = proofFor(desk.broker, desk.agent.key, { ...request, token: desk.agentToken })
      const first = await desk.asAgent({ ...request, proof })
      expect(first.code).not.toBe('replayed_proof')
      expectRefused(await desk.asAgent({ ...request, proof }), 'replayed_proof')
    }
  })
})
