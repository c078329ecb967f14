import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LeakAnswer } from '@credbroker/core/wire/leaks'
import type { Overview } from '@credbroker/core/wire/reports'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { auditHas, readAudit } from '../security/audit.ts'
import { type Desk, expectRefused, startDesk } from '../security/desk.ts'
import { type Answer, type RawRequest, send, tokenOf } from '../security/wire.ts'

let desk: Desk
let password: string
beforeAll(async () => {
  desk = await startDesk()
  const file = await readFile(join(desk.broker.home, 'staging.json'), 'utf8')
  password = (JSON.parse(file) as { password: string }).password
}, 180_000)
afterAll(() => desk?.world.stop())
vi.setConfig({ testTimeout: 60_000 })

const NOBODYS = 'Zq8vN2pLx7Tt4Rw9Kd3mBc6Hy1Js5Gf0'
const report = (...values: string[]) => ({
  method: 'POST',
  path: '/v1/leaks',
  body: { findings: values.map((value) => ({ value, kind: 'generic', where: 'notes.txt:3' })) },
})
const revoking = (value: string) => ({
  ...report(value),
  body: { findings: [{ value }], revoke: true },
})
const told = ({ status, body }: Answer) => {
  expect(status).toBe(200)
  return (body as unknown as LeakAnswer).findings
}
const minted = async () => {
  const order = { method: 'POST', path: '/v1/credentials', body: { scope: 'orders-ro' } }
  const { body } = await desk.asTask(order)
  return body as unknown as { lease: string; credential: { password: string } }
}
const invited = async () => {
  const { body } = await desk.asAdmin({ method: 'POST', path: '/v1/agents/other/invitations' })
  return String(body['token'])
}
async function viewer(name: string) {
  await desk.asAdmin({ method: 'PUT', path: `/v1/users/${name}`, body: { roles: ['viewer'] } })
  const { body } = await desk.asAdmin({ method: 'POST', path: `/v1/users/${name}/invitations` })
  await desk.broker.cli(['enroll', '--profile', name], { stdin: String(body['token']) })
  const { key, ...rest } = await desk.broker.identity(name)
  const token = await tokenOf(desk.broker, { key, ...rest })
  return (request: RawRequest) => send(desk.broker, { token, key, ...request })
}
/** What came with an answer that said nothing was found to be one of these. */
const lookedAt = (headers: Headers, kind: string) =>
  auditHas(
    desk.broker,
    ({ type, request, facts }) =>
      type === 'leak.matched' && request === headers.get('x-request-id') && facts?.['kind'] === kind,
  )
const expectWorthless = async (invitation: string) => {
  const ran = await desk.broker.cli(['enroll', '--profile', 'thief', '--json'], { stdin: invitation })
  expect(ran.stdout).toContain('enrolment_invalid')
}
const attention = async () => {
  const { body } = await desk.asAdmin({ path: '/v1/reports/overview' })
  return (body as unknown as Overview).roots.attention
}

describe('a secret that was found', () => {
  it('is told of to whoever operates: whose root it is and how it ends, whose lease, or that nobody knows it', async () => {
    const lease = await minted()
    const url = `postgres://somebody:${encodeURIComponent(password)}@db.example/orders`
    const [root, inUrl, ofLease, unknown] = told(
      await desk.asAdmin(report(password, url, lease.credential.password, NOBODYS)),
    )
    const expected = {
      match: 'root',
      root: 'staging-orders',
      owner: 'mia',
      environments: ['staging'],
      state: 'current',
      end: 'rotate',
    }
    expect(root).toMatchObject(expected)
    expect(inUrl).toMatchObject(expected)
    expect(ofLease).toEqual({
      match: 'lease',
      lease: lease.lease,
      task: desk.task.task.id,
      agent: 'fixer',
      owner: 'mia',
      scope: 'orders-ro',
      environment: 'staging',
      state: 'active',
      credential_dead: false,
      revoked: false,
    })
    expect(unknown).toEqual({ match: 'unknown' })
  })

  it('is answered alike to an agent and to a task, whatever was found, and is looked at all the same', async () => {
    const lease = await minted()
    const answers: Answer[] = []
    for (const value of [password, lease.credential.password, NOBODYS])
      for (const ask of [desk.asAgent, desk.asTask]) answers.push(await ask(report(value)))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set(['202 {"accepted":1}']),
    )
    const [first] = answers
    await lookedAt(first?.headers ?? new Headers(), 'root')
    expect((await attention())[0]).toMatchObject({ name: 'staging-orders' })
    expect((await attention())[0]?.why[0]).toBe('leaked')
  })

  it('is told of to nobody who may not operate, and ends nothing for them (I13)', async () => {
    const lease = await minted()
    const asVera = await viewer('vera')
    expect((await asVera(report(password))).text).toBe('{"accepted":1}')
    for (const ask of [desk.asAgent, desk.asTask, asVera])
      expectRefused(await ask(revoking(lease.credential.password)), 'forbidden')
    const [found] = told(await desk.asAdmin(report(lease.credential.password)))
    expect(found).toMatchObject({ match: 'lease', state: 'active' })
    expectRefused(await send(desk.broker, report(password)), 'unauthenticated')
  })

  it('ends where an operator says so: the lease, at the vendor', async () => {
    const lease = await minted()
    const [found] = told(await desk.asAdmin(revoking(lease.credential.password)))
    expect(found).toMatchObject({ match: 'lease', lease: lease.lease, revoked: true, credential_dead: true })
    const [again] = told(await desk.asAdmin(revoking(lease.credential.password)))
    expect(again).toMatchObject({ state: 'ended', revoked: false })
  })

  it('ends at once where the broker gave it out: an invitation is worth nothing, whoever found it', async () => {
    const [token, other] = [await invited(), await invited()]
    expect(told(await desk.asAdmin(report(token)))).toEqual([
      { match: 'own', what: 'enrolment', principal: 'agent:other', ended: true },
    ])
    const { status, headers } = await desk.asAgent(report(other))
    expect(status).toBe(202)
    await lookedAt(headers, 'enrolment')
    for (const stdin of [token, other]) await expectWorthless(stdin)
  })

  it('ends also where the broker dies right after its answer, and until then no value is stored', async () => {
    const token = await invited()
    const { status, headers } = await desk.asAgent(report(token, password))
    await desk.broker.kill9()
    expect(status).toBe(202)
    const kept = JSON.stringify(await desk.world.staging.admin('SELECT * FROM leak_reports', 'credbroker'))
    for (const value of [token, password]) expect(kept).not.toContain(value)
    await desk.broker.restart()
    for (const kind of ['enrolment', 'root']) await lookedAt(headers, kind)
    await expectWorthless(token)
    expect(await desk.count('leak_reports')).toBe(0)
  })

  it('ends the task whose token it is, where an operator says so', async () => {
    const { body } = await desk.asAgent({
      method: 'POST',
      path: '/v1/tasks',
      body: { environment: 'staging', purpose: 'x', scopes: ['orders-ro'] },
    })
    const { task, token } = body as unknown as typeof desk.task
    const match = { match: 'own', what: 'task-token', task: task.id }
    expect(told(await desk.asAdmin(report(token.access_token)))).toMatchObject([{ ...match, ended: false }])
    expect(told(await desk.asAdmin(revoking(token.access_token)))).toMatchObject([{ ...match, ended: true }])
    expect((await desk.asAdmin({ path: `/v1/tasks/${task.id}` })).body).toMatchObject({ state: 'ended' })
  })

  it('that was rotated since is told of as replaced, and wants no attention any more', async () => {
    expect((await desk.asAdmin({ method: 'POST', path: '/v1/roots/staging-orders/rotate' })).status).toBe(200)
    expect(told(await desk.asAdmin(report(password)))).toMatchObject([
      { match: 'root', root: 'staging-orders', state: 'retired', end: 'none' },
    ])
    expect((await attention()).flatMap(({ why }) => why)).not.toContain('leaked')
  })

  it('is in no log, whole or in part (I1)', async () => {
    const { text } = await desk.asAdmin({ ...report('x'.repeat(20_000)) })
    expect(text).not.toContain('xxxx')
    const everything = JSON.stringify(await readAudit(desk.broker)) + desk.broker.log()
    for (const value of [password, NOBODYS]) expect(everything).not.toContain(value)
    expect(everything).toContain('leak.reported')
  })

  it('is no way to keep the broker busy: reports have a size and a budget', async () => {
    const many = Array.from({ length: 101 }, (_, at) => `${NOBODYS}${at}`)
    expectRefused(await desk.asAgent(report(...many)), 'invalid_request', NOBODYS)
    const answers = new Set<string | undefined>()
    for (let at = 0; at < 45 && !answers.has('budget_exceeded'); at++)
      answers.add((await desk.asAgent(report(...many.slice(0, 100)))).code)
    expect([...answers]).toContain('budget_exceeded')
  })
})
