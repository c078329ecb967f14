import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApprovalView } from '@credbroker/core/wire/approvals'
import type { Task } from '@credbroker/sdk/task'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { STAGING_POLICY, startStaging } from '../e2e/shops.ts'
import { type Approver, approvers } from '../harness/approver.ts'

let world: Awaited<ReturnType<typeof startStaging>>
let mia: Approver
let noa: Approver
let task: Task

const SCOPE = 'orders-rwd'
const DELETES = STAGING_POLICY.replace('Action::"write"]', 'Action::"write", Action::"delete"]')
const TWO = `@id("two-eyes") @approval("two-person") @reason("two")
forbid(principal, action == Action::"delete", resource) unless { context has approval && context.approval.level == Approval::"two-person" };
`

beforeAll(async () => {
  world = await startStaging()
  const yaml = await readFile(join(world.files, 'broker.yaml'), 'utf8')
  const scope = `  ${SCOPE}: { root: staging-orders, environment: staging, maxTtl: 10m, allow: { template: read-write-delete, schemas: [public] } }\n`
  await writeFile(
    join(world.files, 'broker.yaml'),
    `${yaml.replaceAll('roles: [operator, viewer]', 'roles: [operator, viewer, approver]')}${scope}`,
  )
  await apply(DELETES)
  const both = await approvers(world.broker, 'mia', 'noa')
  mia = both.mia
  noa = both.noa
}, 180_000)
afterAll(() => world?.stop())

async function apply(policy: string): Promise<void> {
  await writeFile(join(world.files, 'policies', 'staging.cedar'), policy)
  const applied = await world.broker.cli(['apply', '-f', world.files, '--yes'])
  if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr)
}
const database = (statement: string) => world.staging.admin(statement, 'credbroker')
const start = (scopes = [SCOPE]) =>
  world.agent.client.startTask({ environment: 'staging', purpose: 'tidy up', scopes, ttl: '20m' })
const mint = () => task.credential(SCOPE)
const grantNow = async () =>
  (
    await world.broker.admin.request<{ items: { state: string; id: string }[] }>({
      method: 'GET',
      path: `/v1/grants?task=${task.id}`,
    })
  ).items[0]

async function waits(): Promise<ApprovalView> {
  const [one] = (await mia.waiting()).filter(({ work }) => work?.task === task.id)
  if (!one) throw new Error('nothing waits')
  return one
}

beforeEach(async () => {
  task = await start()
})
afterEach(() => task.end().catch(() => undefined))

describe('I4: anything in a minted scope, until its end, for one word of a person', () => {
  it('waits, is approved, is minted more than once, which is counted, and ends with the task', async () => {
    const { id, url, kind, scope, work } = await waits()
    expect({ kind, scope, work }).toMatchObject({
      kind: 'scope',
      scope: { access: expect.arrayContaining(['delete']), renewals: 0 },
      work: { scope: SCOPE, agent: 'fixer' },
    })
    expect(task.grants).toMatchObject([{ state: 'pending', approvalUrl: url }])
    await expect(mint()).rejects.toMatchObject({ code: 'approval_required', approvalUrl: url })

    expect(await mia.approve(id)).toMatchObject({ state: 'approved', usable_until: scope?.until })
    expect(await grantNow()).toMatchObject({ state: 'active' })
    await mint()
    await mint()
    const seen = await world.broker.admin.request<ApprovalView>({
      method: 'GET',
      path: `/v1/approvals/${id}`,
    })
    expect(seen.scope?.renewals).toBe(1)
    const [events] = await database(`SELECT count(*)::int AS n FROM (
      SELECT record FROM audit_pending UNION ALL SELECT record FROM audit_log) AS a
      WHERE a.record::jsonb ->> 'type' = 'lease.minted' AND a.record::jsonb ->> 'approval' = '${id}' AND a.record::jsonb ->> 'phase' = 'outcome'`)
    expect(events?.['n']).toBe(2)

    await task.end()
    await expect(mint()).rejects.toThrow()
    await vi.waitFor(async () => expect((await stateOf(id))?.['state']).toBe('cancelled'), {
      timeout: 20_000,
    })
  })

  it('is denied for the whole task', async () => {
    const { id } = await waits()
    expect((await mia.answer(id, { verdict: 'deny', reason: 'no' })).status).toBe(200)
    expect(await grantNow()).toMatchObject({ state: 'denied' })
    await expect(mint()).rejects.toMatchObject({ code: 'not_granted' })
    expect((await mia.answer(id)).code).toBe('approval_invalid')
    const [held] = await database(`SELECT count(*)::int AS n FROM side_holds WHERE grant_id = (
      SELECT id FROM grants WHERE task_id = '${task.id}')`)
    expect(held?.['n']).toBe(0)
  })

  it('of two who answer at once one is first', async () => {
    const { id } = await waits()
    const answers = await Promise.all([mia.answer(id), noa.answer(id, { verdict: 'deny' })])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const state = answers[0]?.status === 200 ? 'active' : 'denied'
    expect(await grantNow()).toMatchObject({ state })
  })

  it('at most three wait, over all tasks of the agent', async () => {
    const more = await Promise.allSettled(Array.from({ length: 5 }, () => start()))
    const started = more.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(started).toHaveLength(2)
    await Promise.all(started.map((one) => one.end()))
  })

  it('its question ends with its task', async () => {
    const { id } = await waits()
    await task.end()
    await vi.waitFor(async () => expect((await stateOf(id))?.['state']).toBe('cancelled'), {
      timeout: 20_000,
    })
    expect((await mia.answer(id)).code).toBe('approval_invalid')
  })
})

const stateOf = async (id: string) => (await database(`SELECT state FROM approvals WHERE id = '${id}'`))[0]

describe('I13: what was approved is what is used', () => {
  it.each([
    ['a grant set to active', () => `UPDATE grants SET state = 'active' WHERE task_id = '${task.id}'`],
    [
      'an approval set to approved, and its grant to active',
      () => `UPDATE approvals SET body = body || '{"state":"approved","usableUntil":"2999-01-01T00:00:00.000Z"}' WHERE task = '${task.id}';
        UPDATE grants SET state = 'active' WHERE task_id = '${task.id}'`,
    ],
    [
      'an active grant without its question',
      () => `UPDATE grants SET state = 'active', approval = NULL WHERE task_id = '${task.id}'`,
    ],
  ])('%s by hand gives nothing', async (_, change) => {
    await database(change())
    await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
  })

  it('a grant that was widened by hand while it waited is not sealed by an approval', async () => {
    const { id } = await waits()
    await database(`UPDATE grants SET access = access || '{admin}', mac = 'x' WHERE task_id = '${task.id}'`)
    expect((await mia.answer(id)).code).toBe('conflict')
    await expect(mint()).rejects.toMatchObject({ code: 'tampered' })
  })

  it.each([
    [
      'is none any more',
      `UPDATE passkeys SET body = jsonb_set(body, '{user}', '"mia"') WHERE body ->> 'user' = 'noa'`,
    ],
    [
      'has another key',
      `UPDATE passkeys SET body = jsonb_set(body, '{publicKey}', '"AAAA"') WHERE body ->> 'user' = 'noa'`,
    ],
  ])('the word of an approver who %s does not count', async (_, change) => {
    const { id } = await waits()
    await noa.approve(id)
    await mint()
    const [kept] = await database(
      `SELECT body::text AS body, mac FROM passkeys WHERE body ->> 'user' = 'noa'`,
    )
    await database(change)
    await expect(mint()).rejects.toMatchObject({ code: 'approval_invalid' })
    await database(`UPDATE passkeys SET body = '${kept?.['body']}' WHERE mac = '${kept?.['mac']}'`)
    await mint()
  })

  it('what policy asks for by now counts: one word where two are needed is none', async () => {
    await mia.approve((await waits()).id)
    await mint()
    await apply(DELETES + TWO)
    await expect(mint()).rejects.toMatchObject({ code: expect.stringMatching(/^(denied|not_granted)$/) })
    await apply(DELETES)
  })
})

describe('I4: two persons', () => {
  it('neither the owner of the agent, nor the same person twice', async () => {
    await task.end()
    await apply(DELETES + TWO)
    task = await start()
    const { id, level } = await waits()
    expect(level).toBe('two-person')
    expect((await mia.answer(id)).code).toBe('approval_not_yours')
    expect(await noa.approve(id)).toMatchObject({ state: 'pending', missing: 1 })
    expect((await noa.answer(id)).code).toBe('approval_not_yours')
    await expect(mint()).rejects.toMatchObject({ code: 'approval_required' })
    await apply(DELETES)
  })
})
