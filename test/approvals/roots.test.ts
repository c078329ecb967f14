import { randomUUID } from 'node:crypto'
import type { RootView } from '@credbroker/core/wire/admin'
import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Approver } from '../harness/approver.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { person } from '../harness/person.ts'
import { startTestPostgres } from '../harness/postgres.ts'
import { type FakeRailway, startFakeRailway } from '../harness/railway/server.ts'
import { type Shop, shop } from '../harness/railway/shop.ts'
import { auditHas } from '../security/audit.ts'

vi.setConfig({ testTimeout: 60_000 })

const world = new AsyncDisposableStack()
let railway: Shop
let vendor: FakeRailway
let broker: TestBroker
let ada: Approver
let roots = 0

type Sent = Partial<RootView> & { approval?: ApprovalView }

/** A project token: all it reaches is the one environment of the vendor’s that is anchored here. */
function token(): string {
  const made = { ...railway.tokens.project, secret: randomUUID(), name: `token ${++roots}` }
  railway.state.tokens = [...railway.state.tokens, made]
  return made.secret
}
const order = (secret: string, change: object = {}) => ({
  name: `deploys-${roots}`,
  provider: 'railway',
  environment: 'production',
  owner: 'mia',
  secret: { token: secret, type: 'project', origin: vendor.upstream.origin },
  ...change,
})
const add = (body: object, approval?: string) =>
  broker.admin.request<Sent>({
    method: 'POST',
    path: '/v1/roots',
    body,
    ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
  })
const refusal = (sent: Promise<Sent>) =>
  sent.then(
    ({ approval }) => (approval ? 'waits' : 'done'),
    ({ code }: { code: string }) => code,
  )
async function waits(sent: Promise<Sent>): Promise<ApprovalView> {
  const { approval } = await sent
  if (!approval) throw new Error('it did not wait for anybody')
  return approval
}
const stored = async () =>
  (await broker.admin.request<{ items: RootView[] }>({ method: 'GET', path: '/v1/roots' })).items.map(
    ({ name }) => name,
  )

beforeAll(async () => {
  const kept = <Thing extends { stop(): Promise<void> }>(thing: Thing): Thing =>
    world.adopt(thing, (one) => one.stop())
  railway = shop()
  vendor = kept(await startFakeRailway(railway.state))
  const database = kept(await startTestPostgres())
  const env = { ...vendor.upstream.env, BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS: '1' }
  broker = kept(await startTestBroker({ databaseUrl: database.url, env }))
  const anchors = (id: string) => [{ vendor: 'railway', id: `${railway.ids.project}/${id}` }]
  const config = {
    version: 1,
    environments: {
      staging: { tier: 'standard', anchors: anchors(railway.ids.production) },
      production: { tier: 'protected', anchors: anchors(railway.ids.staging) },
    },
    users: { mia: { roles: ['operator'] }, noa: { roles: ['operator'] }, ada: { roles: ['approver'] } },
  }
  await broker.admin.request({ method: 'POST', path: '/v1/apply', body: { config, policies: [] } })
  ada = new Approver(await person(broker, 'ada'))
}, 120_000)
afterAll(() => world.disposeAsync())
beforeEach(() => ada.signIn())

describe('I4c: a root of a protected environment is taken in after a passkey said yes', () => {
  it('waits, keeps nothing, and is taken in once', async () => {
    const body = order(token())
    const asked = await waits(add(body))
    expect(asked).toMatchObject({ kind: 'config', state: 'pending', environment: 'production' })
    expect(asked.changes).toEqual(expect.arrayContaining([`+ root ${body.name}  (widens)`]))
    expect(JSON.stringify(asked)).not.toContain(body.secret.token)
    expect(await stored()).toEqual([])
    // The same question is asked once, and opens nothing before it is answered.
    expect((await waits(add(body, asked.id))).id).toBe(asked.id)

    await ada.approve(asked.id)
    expect(await waits(add(body))).toMatchObject({ id: asked.id, state: 'approved' })
    expect(await add(body, asked.id)).toMatchObject({ name: body.name, state: 'usable' })
    expect(await stored()).toEqual([body.name])
    expect(await refusal(add(body, asked.id))).toBe('conflict')
    await auditHas(broker, ({ type, facts }) => type === 'root.added' && facts?.['root'] === body.name)
    await auditHas(broker, ({ type, facts }) => type === 'approval.used' && facts?.['kind'] === 'config')
  })

  it.each<[string, () => object]>([
    ['another name', () => ({ name: 'other' })],
    ['another owner', () => ({ owner: 'noa' })],
    ['another credential that reaches the same', () => ({ secret: order(token()).secret })],
    [
      'backups that it does not have',
      () => ({ recovery: { backups: 'elsewhere', separateAuthority: true } }),
    ],
  ])('with %s the approval does not fit', async (_what, change) => {
    const body = order(token())
    const { id } = await waits(add(body))
    await ada.approve(id)
    expect(await refusal(add({ ...body, ...change() }, id))).toBe('approval_invalid')
    expect(await stored()).not.toContain(body.name)
    // Exactly what was approved still goes.
    expect(await refusal(add(body, id))).toBe('done')
  })

  it('so is another credential in its place, and no other than was approved', async () => {
    const body = order(token())
    const { id: first } = await waits(add(body))
    await ada.approve(first)
    await add(body, first)
    const replace = ({ secret }: ReturnType<typeof order>, approval?: string) =>
      broker.admin.request<Sent>({
        method: 'PUT',
        path: `/v1/roots/${body.name}/credential`,
        body: { secret },
        ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
      })
    const [next, third] = [order(token()), order(token())]
    const asked = await waits(replace(next))
    expect(asked.changes?.join()).toContain('fingerprint')
    expect(JSON.stringify(asked)).not.toContain(next.secret.token)
    await ada.approve(asked.id)
    expect(await refusal(replace(third, asked.id))).toBe('approval_invalid')
    expect(await replace(next, asked.id)).toMatchObject({ name: body.name, version: 2 })
  })

  it('denied, it stays out', async () => {
    const body = order(token())
    const { id } = await waits(add(body))
    await ada.answer(id, { verdict: 'deny', reason: 'Not that one' })
    expect(await refusal(add(body, id))).toBe('approval_denied')
    expect(await stored()).not.toContain(body.name)
  })

  it('one that spans environments waits too, and one in an environment that is not protected does not', async () => {
    const { secret } = railway.tokens.account
    const spanning = {
      ...order(token()),
      secret: { token: secret, type: 'account', origin: vendor.upstream.origin },
    }
    expect(await refusal(add({ ...spanning, environment: undefined }))).toBe('waits')
    const at = { ...railway.tokens.project.at, environmentId: railway.ids.production }
    const made = { ...railway.tokens.project, at: at as never, secret: randomUUID(), name: 'deploys' }
    railway.state.tokens = [...railway.state.tokens, made]
    expect(await refusal(add(order(made.secret, { environment: 'staging', name: 'free' })))).toBe('done')
  })
})
