import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Approver } from '../harness/approver.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { people } from '../harness/person.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'

vi.setConfig({ testTimeout: 60_000 })

type Sent = Record<string, unknown> & { readonly approval?: ApprovalView; readonly revision?: string }

let database: TestPostgres
let broker: TestBroker
let ada: Approver

/** By the key of the first administrator, as it lies on a machine where agents may work. */
const put = (path: string, body: object, approval?: string) =>
  broker.admin.request<Sent>({
    method: 'PUT',
    path: `/v1/${path}`,
    body,
    ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
  })
const get = (path: string) => broker.admin.request<Sent>({ method: 'GET', path: `/v1/${path}` })
const refusal = (sent: Promise<Sent>) =>
  sent.then(
    ({ approval }) => (approval ? 'waits' : 'done'),
    ({ code }: { code: string }) => code,
  )

beforeAll(async () => {
  database = await startTestPostgres()
  broker = await startTestBroker({ databaseUrl: database.url })
  const config = {
    version: 1,
    environments: { staging: { tier: 'standard' }, production: { tier: 'protected' } },
    users: { mia: { roles: ['operator'] }, ada: { roles: ['approver'] } },
  }
  await broker.admin.request({ method: 'POST', path: '/v1/apply', body: { config, policies: [] } })
  // Before anybody could approve, configuration is free.
  expect(await refusal(put('agents/early', { owner: 'mia', maxTask: '2h' }))).toBe('done')
  const [one] = await people(broker, 'ada')
  if (!one) throw new Error('nobody')
  ada = new Approver(one)
}, 180_000)
afterAll(async () => {
  await broker?.stop()
  await database?.stop()
})
beforeEach(() => ada.signIn())

describe('I4c: putting one object asks as applying it would', () => {
  it.each([
    ['agents/late', { owner: 'mia' }],
    ['agents/early', { owner: 'ada', maxTask: '2h' }],
    ['teams/night', {}],
    ['users/eve', { roles: ['viewer'] }],
    ['environments/vault', { tier: 'protected' }],
  ])('%s waits, changes nothing, and is done once a passkey said yes', async (path, body) => {
    const before = await get(path).catch(() => undefined)
    const { approval } = await put(path, body)
    if (!approval) throw new Error('it did not wait for anybody')
    const [table, name] = path.split('/') as [string, string]
    expect(approval).toMatchObject({ kind: 'config', state: 'pending', requester: 'user:admin' })
    expect(approval.changes?.[0]).toContain(`${table.slice(0, -1)} ${name}`)
    expect(await get(path).catch(() => undefined)).toEqual(before)
    await ada.approve(approval.id)
    // It is for exactly this.
    expect(await refusal(put('agents/other', { owner: 'mia' }, approval.id))).not.toBe('done')
    expect(await put(path, body, approval.id)).toMatchObject({ name, source: 'api' })
    expect(await refusal(put(path, body))).toBe('done')
  })

  it('what narrows is done at once: a shorter life; and so is what touches nothing protected', async () => {
    expect(await refusal(put('agents/early', { owner: 'ada', maxTask: '1h' }))).toBe('done')
    expect(await refusal(put('agents/early', { owner: 'ada', maxTask: '3h' }))).toBe('waits')
    expect(await refusal(put('environments/sandbox', { tier: 'disposable' }))).toBe('done')
  })

  it('an approval that was given before somebody else changed something is for another question', async () => {
    const { approval } = await put('teams/day', {})
    if (!approval) throw new Error('it did not wait for anybody')
    await ada.approve(approval.id)
    await put('environments/sandbox', { tier: 'standard' })
    expect(await refusal(put('teams/day', {}, approval.id))).toBe('approval_invalid')
    const { revision: seen } = await get('environments/sandbox')
    expect(await refusal(put('teams/day', { expected_revision: seen }))).toBe('conflict')
  })
})
