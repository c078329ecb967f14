import type { Plan } from '@credbroker/core/wire/admin'
import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Approver } from '../harness/approver.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { ask, people, stepUp } from '../harness/person.ts'
import { startTestPostgres } from '../harness/postgres.ts'

vi.setConfig({ testTimeout: 60_000 })

const users = {
  ada: { roles: ['approver'] },
  bob: { roles: ['approver'] },
  cal: { roles: ['approver'] },
  eve: { roles: ['viewer'] },
}
const files = (more: object = {}) => ({
  config: { version: 1, environments: { production: { tier: 'protected' } }, users, ...more },
  policies: [] as { name: string; text: string }[],
})

const world = new AsyncDisposableStack()
let broker: TestBroker
let admin: Approver
let ada: Approver
let bob: Approver
let cal: Approver

type Sent = Partial<Plan> & { approval?: ApprovalView }

const byKey = (path: string, body?: object, approval?: string) =>
  broker.admin.request<Sent>({
    method: 'POST',
    path,
    ...(body && { body }),
    ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
  })
async function waits(sent: Promise<Sent>): Promise<ApprovalView> {
  const { approval } = await sent
  if (!approval) throw new Error('it did not wait for anybody')
  return approval
}
/** A passkey more, asked for by whoever is signed in. */
async function another(who: Approver, approval?: string) {
  await stepUp(who.person, who.token)
  return await ask(broker, {
    path: '/v1/passkeys/options',
    token: who.token,
    ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
  })
}

beforeAll(async () => {
  const database = world.adopt(await startTestPostgres(), (one) => one.stop())
  broker = world.adopt(await startTestBroker({ databaseUrl: database.url }), (one) => one.stop())
  await byKey('/v1/apply', files())
  const all = await people(broker, 'admin', 'ada', 'bob', 'cal')
  const [one, two, three, four] = all.map((somebody) => new Approver(somebody))
  if (!one || !two || !three || !four) throw new Error('nobody')
  admin = one
  ada = two
  bob = three
  cal = four
}, 180_000)
afterAll(() => world.disposeAsync())
beforeEach(async () => {
  for (const somebody of [admin, ada, bob, cal]) await somebody.signIn()
})

describe('I4c: once three could approve, who may approve is for two of them', () => {
  it('a role: one says yes and nothing changes, the same one cannot say it twice, with the second it is done', async () => {
    const wanted = files({ users: { ...users, eve: { roles: ['approver'] } } })
    const asked = await waits(byKey('/v1/apply', wanted))
    expect(asked).toMatchObject({ level: 'two-person', missing: 2, requester: 'user:admin' })

    expect(await ada.approve(asked.id)).toMatchObject({ state: 'pending', missing: 1 })
    expect((await waits(byKey('/v1/apply', wanted, asked.id))).state).toBe('pending')
    expect((await ada.answer(asked.id)).code).toBe('approval_not_yours')
    expect((await waits(byKey('/v1/apply', wanted, asked.id))).state).toBe('pending')

    expect(await bob.approve(asked.id)).toMatchObject({ state: 'approved', missing: 0 })
    expect(await byKey('/v1/apply', wanted, asked.id)).toMatchObject({ changes: [expect.anything()] })
    // Back, for the tests that follow: that is for two as well.
    const back = await waits(byKey('/v1/apply', files()))
    expect(back.level).toBe('two-person')
    for (const somebody of [bob, cal]) await somebody.approve(back.id)
    await byKey('/v1/apply', files(), back.id)
  })

  it('a role: the second may still say no', async () => {
    const wanted = files({ users: { ...users, eve: { roles: ['admin'] } } })
    const { id } = await waits(byKey('/v1/apply', wanted))
    await ada.approve(id)
    expect((await bob.answer(id, { verdict: 'deny' })).body).toMatchObject({ state: 'denied' })
    await expect(byKey('/v1/apply', wanted, id)).rejects.toMatchObject({ code: 'approval_denied' })
  })

  it('a passkey of an approver: whoever asks is neither of the two', async () => {
    const asked = await another(bob)
    expect(asked.status).toBe(202)
    const { id, level } = asked.body['approval'] as ApprovalView
    expect(level).toBe('two-person')
    expect((await bob.answer(id)).code).toBe('approval_not_yours')
    await ada.approve(id)
    expect((await another(bob, id)).status).toBe(202)
    await cal.approve(id)
    expect((await another(bob, id)).status).toBe(200)
  })

  it('an invitation of an approver', async () => {
    const { level } = await waits(byKey('/v1/users/ada/invitations'))
    expect(level).toBe('two-person')
  })

  it('what gives nobody the power to approve is for one', async () => {
    const { level } = await waits(byKey('/v1/apply', files({ teams: { payments: {} } })))
    expect(level).toBe('passkey')
    const asked = await another(admin)
    expect(asked.body['approval']).toMatchObject({ level: 'passkey' })
    expect((await waits(byKey('/v1/users/eve/invitations'))).level).toBe('passkey')
  })
})
