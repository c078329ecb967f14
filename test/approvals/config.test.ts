import { mkdir, writeFile } from 'node:fs/promises'
import type { Plan } from '@credbroker/core/wire/admin'
import type { ApprovalView } from '@credbroker/core/wire/approvals'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Approver } from '../harness/approver.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { type Person, people, stepUp } from '../harness/person.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { auditHas } from '../security/audit.ts'
import { send } from '../security/wire.ts'

vi.setConfig({ testTimeout: 60_000 })

const READS = '@id("reads") permit(principal, action in Action::"read", resource);'
const ALL = 'permit(principal, action, resource);'
const staging = { tier: 'standard' }
const base = {
  version: 1,
  environments: { staging, production: { tier: 'protected' } },
  users: {
    mia: { roles: ['operator'] },
    ada: { roles: ['approver'] },
    eve: { roles: ['viewer'] },
  } as Record<string, { roles: string[] }>,
  agents: { fixer: { owner: 'mia' } } as Record<string, object>,
  teams: {} as Record<string, object>,
}
/** What files say at the moment; each test goes on from what the one before it left. */
let files = { config: base, policies: [{ name: 'reads.cedar', text: READS }] }
let agents = 0

let database: TestPostgres
let broker: TestBroker
let sql: ReturnType<typeof postgres>
let second: TestBroker
let admin: Person
let ada: Approver

type Sent = Partial<Plan> & { approval?: ApprovalView; detail?: string; items?: unknown[]; token?: string }

/** By the key of the first administrator, as it lies on a machine where agents may work. */
const byKey = (
  path: string,
  body?: object,
  approval?: string,
  at = broker,
  method: 'POST' | 'PUT' | 'DELETE' = 'POST',
) =>
  at.admin.request<Sent>({
    method,
    path,
    ...(body && { body }),
    ...(approval !== undefined && { headers: { 'broker-approval': approval } }),
  })
const apply = (order: object = files, approval?: string, at = broker) =>
  byKey('/v1/apply', order, approval, at)
async function waits(sent: Promise<Sent>): Promise<ApprovalView> {
  const { approval, detail } = await sent
  if (!approval || !detail) throw new Error('it did not wait for anybody')
  return approval
}
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => 'done',
    ({ code }: { code: string }) => code,
  )
const planned = async () => (await byKey('/v1/plan', files)).changes?.length ?? 0

const withConfig = (part: object) => apply({ ...files, config: { ...files.config, ...part } })
const withUser = (name: string, role: string) =>
  withConfig({ users: { ...files.config.users, [name]: { roles: [role] } } })

/** One agent more, which is enough to reach everything (I4c). */
function oneMore(): typeof files {
  files = {
    ...files,
    config: { ...files.config, agents: { ...files.config.agents, [`agent-${++agents}`]: { owner: 'mia' } } },
  }
  return files
}

beforeAll(async () => {
  database = await startTestPostgres()
  broker = await startTestBroker({ databaseUrl: database.url })
  // Before anybody could approve, configuration is free.
  expect(await apply()).toMatchObject({ version: expect.any(Number) })
  const [one, two] = await people(broker, 'admin', 'ada')
  if (!one || !two) throw new Error('nobody')
  admin = one
  ada = new Approver(two)
  second = await broker.replica()
  sql = postgres(database.url, { max: 1, onnotice: () => {} })
}, 180_000)
afterAll(async () => {
  await sql?.end()
  await broker?.stop()
  await database?.stop()
})
beforeEach(() => ada.signIn())

describe('I4c: once somebody could approve, an admin key changes nothing of a protected environment by itself', () => {
  it('what widens waits, changes nothing, and is done once after a passkey said yes', async () => {
    oneMore()
    const asked = await waits(apply())
    expect(asked).toMatchObject({
      kind: 'config',
      state: 'pending',
      level: 'passkey',
      environment: 'production',
      requester: 'user:admin',
      missing: 1,
    })
    expect(asked.url).toContain(`/approvals/${asked.id}`)
    expect(asked.changes).toContain(`+ agent agent-${agents}  (widens)`)
    expect(await planned()).toBe(1)
    // The same question is asked once.
    expect((await waits(apply())).id).toBe(asked.id)
    expect((await waits(apply(files, asked.id))).state).toBe('pending')

    await ada.approve(asked.id)
    expect(await waits(apply())).toMatchObject({ id: asked.id, state: 'approved' })
    expect(await apply(files, asked.id)).toMatchObject({ changes: [expect.anything()] })
    expect(await planned()).toBe(0)
    oneMore()
    expect(await refusal(apply(files, asked.id))).toBe('approval_invalid')
    for (const type of ['approval.asked', 'approval.given', 'approval.used'])
      await auditHas(broker, (entry) => entry.type === type && entry.facts?.['kind'] === 'config')
  })

  it('an approval is for exactly that change: with one thing more, or other, it opens nothing', async () => {
    const { id } = await waits(apply(oneMore()))
    await ada.approve(id)
    const approved = files
    expect(await refusal(apply(oneMore(), id))).toBe('approval_invalid')
    expect(
      await refusal(
        byKey('/v1/policies/extra', { text: 'permit(principal, action, resource);' }, id, broker, 'PUT'),
      ),
    ).toBe('approval_invalid')
    files = approved
    expect(await refusal(apply(files, id))).toBe('done')
  })

  it('made on older ground it is asked anew, and the old question cannot be answered any more', async () => {
    const old = await waits(apply(oneMore()))
    await byKey('/v1/freeze', { environment: 'staging' })
    await byKey('/v1/unfreeze', { environment: 'staging' })
    const fresh = await waits(apply())
    expect(fresh.id).not.toBe(old.id)
    expect((await ada.answer(old.id)).code).toBe('approval_invalid')
    await ada.approve(fresh.id)
    await byKey('/v1/freeze', { environment: 'staging' })
    expect(await refusal(apply(files, fresh.id))).toBe('approval_invalid')
    await byKey('/v1/unfreeze', { environment: 'staging' })
    const { id } = await waits(apply())
    await ada.approve(id)
    expect(await refusal(apply(files, id))).toBe('done')
  })

  it('sent at once to two replicas under one approval it is done once', async () => {
    const { id } = await waits(apply(oneMore()))
    await ada.approve(id)
    const changed = (at: TestBroker) =>
      apply(files, id, at).then(
        ({ changes = [] }) => changes.length,
        () => 0,
      )
    expect((await Promise.all([broker, second].map(changed))).toSorted()).toEqual([0, 1])
    expect(await planned()).toBe(0)
  })

  it('what was denied stays as it is', async () => {
    const before = files
    const { id } = await waits(apply(oneMore()))
    const denied = await ada.answer(id, { verdict: 'deny', reason: 'Not on a Friday' })
    expect(denied.body).toMatchObject({ state: 'denied', reason: 'Not on a Friday' })
    expect(await refusal(apply(files, id))).toBe('approval_denied')
    expect(await planned()).toBe(1)
    files = before
  })

  it.each<[string, () => Promise<Sent>]>([
    ['a policy', () => byKey('/v1/policies/extra', { text: ALL }, undefined, broker, 'PUT')],
    ['an invitation of somebody', () => byKey('/v1/users/eve/invitations')],
    ['disabling the last approver', () => byKey('/v1/users/ada', undefined, undefined, broker, 'DELETE')],
    ['taking that role away', () => withUser('ada', 'viewer')],
    ['giving it to somebody', () => withUser('eve', 'approver')],
    ['a lower tier', () => withConfig({ environments: { staging, production: { tier: 'disposable' } } })],
    ['a permit', () => apply({ ...files, policies: [...files.policies, { name: 'all.cedar', text: ALL }] })],
  ])('%s waits for a person', async (_what, change) => {
    expect((await waits(change())).state).toBe('pending')
  })

  it.each<[string, () => Promise<unknown>]>([
    ['a freeze', () => byKey('/v1/freeze', { environment: 'production' })],
    [
      'a policy that only forbids',
      () =>
        byKey(
          '/v1/policies/no',
          { text: '@id("no") forbid(principal, action in Action::"delete", resource);' },
          undefined,
          broker,
          'PUT',
        ),
    ],
    ['disabling somebody', () => byKey('/v1/users/eve', undefined, undefined, broker, 'DELETE')],
  ])('%s needs nobody', async (_what, change) => {
    expect(await refusal(waits(change() as Promise<Sent>))).not.toBe('done')
  })

  it('lifting a freeze of a protected environment waits, and goes on once approved', async () => {
    await byKey('/v1/freeze', { environment: 'production' })
    const order = { environment: 'production' }
    const { id, changes } = await waits(byKey('/v1/unfreeze', order))
    expect(changes).toEqual(['− freeze environment:production  (widens)'])
    await ada.approve(id)
    expect((await byKey('/v1/unfreeze', order, id)).items).toEqual([])
  })

  it('a passkey more for an administrator waits, whoever holds one already', async () => {
    const add = (approval?: string) =>
      send(broker, {
        method: 'POST',
        path: '/v1/passkeys/options',
        token: admin.token,
        scheme: 'Bearer',
        headers: approval === undefined ? {} : { 'broker-approval': approval },
      })
    await stepUp(admin, admin.token)
    const first = await add()
    expect(first.status).toBe(202)
    const { id } = first.body['approval'] as unknown as ApprovalView
    await ada.approve(id)
    expect((await add(id)).status).toBe(200)
    // It is used up by the passkey itself: what was offered can be offered again until then.
    expect((await add(id)).status).toBe(200)
  })

  it('neither the admin’s key nor the admin without the role can answer', async () => {
    const { id } = await waits(apply(oneMore()))
    expect(await refusal(byKey(`/v1/approvals/${id}/options`, { verdict: 'approve' }))).toBe(
      'step_up_required',
    )
    expect((await new Approver(admin).answer(id)).code).toBe('forbidden')
  })

  it('a row put by hand opens nothing (I13)', async () => {
    const before = await planned()
    const { id } = await waits(apply())
    await sql.unsafe(
      `UPDATE approvals SET body = body || '{"state":"approved","usableUntil":"2099-01-01T00:00:00.000Z"}' WHERE id = '${id}'`,
    )
    expect(await refusal(apply(files, id))).toBe('tampered')
    expect(await planned()).toBe(before)
  })

  it('whoever spoils the only approver’s passkey by hand does not make configuration free again (I13)', async () => {
    const before = await planned()
    const spoil = (from: string, to: string) =>
      sql.unsafe(`UPDATE passkeys SET mac = replace(mac, '${from}', '${to}') WHERE body ->> 'user' = 'ada'`)
    const [row] = await sql<{ mac: string }[]>`SELECT mac FROM passkeys WHERE body ->> 'user' = 'ada'`
    await spoil(row?.mac ?? '', 'by hand')
    try {
      expect(await refusal(apply(oneMore()))).toBe('tampered')
      expect(await planned()).toBe(before + 1)
    } finally {
      await spoil('by hand', row?.mac ?? '')
    }
  })

  it('the command line ends with 4 and the link, and goes on by itself once it is approved', async () => {
    await mkdir(`${broker.home}/c/policies`, { recursive: true })
    await writeFile(`${broker.home}/c/broker.yaml`, JSON.stringify(files.config))
    await writeFile(`${broker.home}/c/policies/reads.cedar`, READS)
    const run = () => broker.cli(['apply', '-f', 'c', '--yes'])
    const pending = await run()
    expect(pending).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/approve at: .*\/approvals\/apr_/),
    })
    const id = /apr_[0-9a-z]{26}/.exec(pending.stderr)?.[0] ?? ''
    await ada.approve(id)
    expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining('Applied') })
  })
})
