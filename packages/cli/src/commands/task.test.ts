import { describe, expect, it } from 'vitest'
import { brokerDouble, enrolledAt, problem, type Reply, type Seen } from '../../test/broker-double.ts'
import { sandbox } from '../../test/run-cli.ts'

const id = 'tsk_01jd2q8c0v3m5n7p9r1t3w5y7z'
const grant = (scope: string, state: string, rest: object = {}) => ({
  scope,
  environment: 'staging',
  access: ['read'],
  state,
  ...rest,
})
const task = (...grants: object[]) => ({
  id,
  agent: 'fixer',
  owner: 'mia',
  environment: 'staging',
  purpose: 'fix \u001b[31m flaky',
  state: 'active',
  started_at: '2026-11-22T10:00:00.000Z',
  ends_at: '2026-11-22T10:30:00.000Z',
  grants,
})
const token = { access_token: 'task-token', token_type: 'DPoP', expires_in: 300 }
const start = ['task', 'start', '--env', 'staging', '--scope', 'a', 'b', '--purpose', 'x', '--ttl', '30m']

const run = async (routes: Record<string, Reply | ((seen: Seen) => Reply)>, args: string[]) => {
  await using here = await sandbox()
  await using broker = await brokerDouble(routes)
  await enrolledAt(broker.url, here.env, 'agent:fixer')
  return { ...(await here.run(args)), seen: broker.seen.filter(({ path }) => path.startsWith('/v1/')) }
}

describe('task start', () => {
  const started = (...grants: object[]) => ({
    'POST /v1/tasks': [201, { task: task(...grants), token, capped_by: 'asked' }] as const,
  })

  it('asks for all scopes at once and keeps the token to itself', async () => {
    const { code, out, seen } = await run(started(grant('a', 'active'), grant('b', 'active')), [
      ...start,
      '--json',
      '--idempotency-key',
      'k',
    ])
    expect(code).toBe(0)
    expect(seen[0]?.body).toEqual({ environment: 'staging', scopes: ['a', 'b'], purpose: 'x', ttl: 1800 })
    expect(seen[0]?.headers['idempotency-key']).toBe('k')
    expect(JSON.parse(out)).toEqual({ task: expect.objectContaining({ id }), capped_by: 'asked' })
    expect(out).not.toContain('task-token')
  })

  it('says which scope was denied and why, and goes on with the other', async () => {
    const denied = grant('b', 'denied', {
      code: 'denied',
      reason: 'No policy permits write.',
      required: ['a permit'],
    })
    const { code, err } = await run(started(grant('a', 'active'), denied), start)
    expect({ code, err }).toEqual({
      code: 0,
      err: 'denied: b · denied · No policy permits write.\n  needs: a permit\n',
    })
  })

  it('ends with 4 while all of it waits for a person', async () => {
    const pending = grant('a', 'pending', { approval_url: 'https://broker/approvals/1' })
    const { code, err } = await run(started(pending), start)
    expect({ code, err }).toEqual({
      code: 4,
      err: expect.stringContaining('approve at: https://broker/approvals/1'),
    })
  })

  it('ends with 3 when nothing was granted, with the reason per scope', async () => {
    const grants = [grant('a', 'denied', { code: 'denied', reason: 'No policy permits read.' })]
    const { code, err } = await run({ 'POST /v1/tasks': problem(403, 'denied', { grants }) }, start)
    expect({ code, err }).toEqual({
      code: 3,
      err: expect.stringContaining('a: denied · No policy permits read.'),
    })
  })

  it('ends with 3 as well when the only scope is not there', async () => {
    const grants = [grant('a', 'denied', { code: 'not_found', reason: 'There is no such scope.' })]
    const routes = {
      'POST /v1/tasks': problem(404, 'not_found', { detail: 'There is no such scope.', grants }),
    }
    const { code, err } = await run(routes, start)
    expect({ code, lines: err.split('There is no such scope.').length - 1 }).toEqual({ code: 3, lines: 1 })
  })

  it('shows a purpose without letting it move the cursor', async () => {
    const { out } = await run(started(grant('a', 'active')), start)
    expect(out).toContain('for: fix \\u{1b}[31m flaky')
  })
})

describe('a credential', () => {
  const minted = {
    lease: 'lse_01jd2q8c0v3m5n7p9r1t3w5y7z',
    scope: 'orders-ro',
    environment: 'staging',
    credential: {
      form: 'postgres',
      host: '::1',
      port: 5432,
      database: 'orders',
      user: 'brk_x',
      password: "p@ss'w",
      sslmode: 'require',
    },
    expires_at: '2026-11-22T10:15:00.000Z',
    dead_by: '2026-11-22T10:15:00.000Z',
    capped_by: 'scope',
  }
  const routes = {
    [`POST /v1/tasks/${id}/heartbeat`]: { task: task(), token },
    'POST /v1/credentials': [201, minted] as const,
  }

  it('is asked for as the task, and printed as a URL that psql takes', async () => {
    const { code, out, seen } = await run(routes, ['credential', 'orders-ro', '--task', id])
    expect({ code, out }).toEqual({
      code: 0,
      out: "postgres://brk_x:p%40ss'w@[::1]:5432/orders?sslmode=require\n",
    })
    expect(seen.at(-1)?.authorization).toBe('DPoP task-token')
  })

  it('is printed for a shell without becoming a command', async () => {
    const { out } = await run(routes, ['credential', 'orders-ro', '--task', id, '--form', 'env'])
    expect(out).toContain("export PGPASSWORD='p@ss'\\''w'\n")
  })

  it('is not printed in a form that it does not have', async () => {
    const { code, out } = await run(routes, [
      'credential',
      'orders-ro',
      '--task',
      id,
      '--form',
      'credential-process',
    ])
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  it('has a verb in the protocols of git and docker only', async () => {
    expect((await run(routes, ['credential', 'orders-ro', 'get', '--task', id])).code).toBe(2)
  })

  it('needs a task', async () => {
    expect((await run({}, ['credential', 'orders-ro'])).code).toBe(2)
  })
})

it.each([
  [[grant('a', 'active')], 0],
  [[grant('a', 'pending')], 4],
  [[grant('a', 'pending'), grant('b', 'denied')], 3],
])('task request with %j ends with %i', async (grants, code) => {
  const routes = {
    [`POST /v1/tasks/${id}/heartbeat`]: { task: task(), token },
    [`POST /v1/tasks/${id}/grants`]: { task: task(...grants) },
  }
  expect((await run(routes, ['task', 'request', '--task', id, '--scope', 'a', 'b'])).code).toBe(code)
})

it('an id that is a path goes nowhere', async () => {
  const { code, seen } = await run({}, ['grant', 'revoke', '../users/mia'])
  expect({ code, seen }).toEqual({ code: 2, seen: [] })
})
