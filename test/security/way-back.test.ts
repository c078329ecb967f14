import { randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import { generateKek } from '@credbroker/broker/adapters/keyring/kek'
import { createKeyfile } from '@credbroker/broker/adapters/keyring/keyfile'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Approver } from '../harness/approver.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { inviteOffline, letBackIn } from '../harness/offline.ts'
import { people, settled, setUp } from '../harness/person.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { auditHas } from './audit.ts'

vi.setConfig({ testTimeout: 60_000 })

const users = { ada: { roles: ['approver'] }, eve: { roles: ['viewer'] } }
const files = (more: object = {}) => ({
  config: {
    version: 1,
    environments: { staging: { tier: 'standard' }, production: { tier: 'protected' } },
    users,
    ...more,
  },
  policies: [],
})

let database: TestPostgres
let broker: TestBroker
let sql: ReturnType<typeof postgres>

const back = (user: string, keyfile?: string) => inviteOffline(broker, database.url, user, keyfile)
const apply = (order: object, approval?: string) =>
  broker.admin.request<{ approval?: { id: string } }>({
    method: 'POST',
    path: '/v1/apply',
    body: order,
    ...(approval && { headers: { 'broker-approval': approval } }),
  })

beforeAll(async () => {
  database = await startTestPostgres()
  broker = await startTestBroker({ databaseUrl: database.url })
  sql = postgres(database.url, { max: 1, onnotice: () => {} })
  await apply(files())
  await people(broker, 'admin', 'ada')
}, 180_000)
afterAll(async () => {
  await sql?.end()
  await broker?.stop()
  await database?.stop()
})

describe('who lost their passkeys comes back by whoever holds the key and the database (I4c)', () => {
  it('while the broker runs: one link, one use, in the audit log and the log', async () => {
    await sql`DELETE FROM passkeys`
    const widening = files({ agents: { fixer: { owner: 'ada' } } })
    await expect(apply(widening)).rejects.toMatchObject({ code: 'protected_without_approver' })

    const { code, stdout } = await back('ada')
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/\/setup#brk_set_\S+\n$/) })
    await auditHas(broker, ({ actor, facts }) => actor?.id === 'offline' && facts?.['name'] === 'user:ada')
    const token = stdout.trim().replace(/.*#/, '')
    const ada = new Approver(await settled(broker, 'ada', token))
    expect(broker.log()).toContain('somebody came back in')
    expect((await broker.cli(['doctor', '--json'])).stdout).toContain('"passkey-offline"')

    const { approval } = await apply(widening)
    await ada.approve(approval?.id ?? '')
    expect(await apply(widening, approval?.id)).toMatchObject({ changes: [expect.anything()] })
    expect((await setUp(broker, token)).answer.code).toBe('enrolment_invalid')
  })

  it('while it is stopped: the link works once it is back', async () => {
    await broker.kill9()
    const { code, stdout } = await back('admin')
    expect(code).toBe(0)
    await broker.restart()
    await settled(broker, 'admin', stdout.trim().replace(/.*#/, ''))
  })

  it('nobody else does, and not with another key', async () => {
    expect(await back('eve')).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('admin') })
    expect(await back('nobody')).toMatchObject({ code: 1, stdout: '' })
    const other = join(broker.home, 'other')
    createKeyfile(other, { current: generateKek((bytes) => randomFillSync(bytes)) })
    expect(await back('ada', other)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no key with the id'),
    })
  })

  it('where nobody is left with the role to approve, the admin who comes back gets it, and configuration stays as it is', async () => {
    const ada = new Approver(await letBackIn(broker, database.url, 'ada'))
    const without = files({ users: { ...users, ada: { roles: ['viewer'] } } })
    const { approval } = await apply(without)
    await ada.approve(approval?.id ?? '')
    await apply(without, approval?.id)
    const widening = files({ users, agents: { other: { owner: 'ada' } } })
    await expect(apply(widening)).rejects.toMatchObject({ code: 'protected_without_approver' })

    const admin = new Approver(await letBackIn(broker, database.url, 'admin'))
    await auditHas(broker, ({ actor, facts }) => actor?.id === 'offline' && facts?.['change'] === 'approver')
    const asked = (await apply(widening)).approval
    await admin.approve(asked?.id ?? '')
    expect(await apply(widening, asked?.id)).toMatchObject({ changes: expect.anything() })
  })
})

it('a broker with an embedded database, while it does not run (I4c)', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const dev = await startTestBroker({})
  cleanUp.defer(() => dev.stop())
  const offline = () =>
    dev.cli(['user', 'invite', 'admin', '--offline', '--state', dev.stateDir], {
      env: { BROKER_PUBLIC_URL: dev.url },
    })
  expect(await offline()).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('state') })
  await dev.kill9()
  const { code, stdout } = await offline()
  expect(code).toBe(0)
  await dev.restart()
  await settled(dev, 'admin', stdout.trim().replace(/.*#/, ''))
}, 120_000)
