import { generateClientKey } from '@credbroker/core/client-key'
import type { TaskView } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Identity } from '../harness/broker.ts'
import { auditHas } from './audit.ts'
import { expectRefused } from './desk.ts'
import { claimsOf, type Family, type Member, startFamily } from './family.ts'
import { proofFor, tokenOf } from './wire.ts'

let family: Family
let helper: Identity
let keeper: Identity
let parent: Member
beforeAll(async () => {
  family = await startFamily()
  helper = await family.broker.enrolAgent('helper')
  keeper = await family.broker.enrolAgent('keeper')
  parent = await family.start()
}, 180_000)
afterAll(() => family?.stop())

const view = async (member: Member) =>
  (await family.asMember(member, `/v1/tasks/${member.started.task.id}`)).body as unknown as TaskView
const admin = (method: 'POST' | 'DELETE', path: string, body?: object) =>
  family.broker.admin.request<unknown>({ method, path, ...(body && { body }) })

describe('a child gets a part of what its parent has (I9)', () => {
  it('PERMIT I9: fewer scopes, with a key, a token and an end of its own', async () => {
    const child = await family.have(parent, { sub_agent: 'tests', ttl: '5m' })
    expect(child.started).toMatchObject({
      capped_by: 'asked',
      task: { agent: 'fixer', sub_agent: 'tests', owner: 'mia', environment: 'staging', depth: 1 },
    })
    expect(child.started.task.parent).toBe(parent.started.task.id)
    expect(child.started.task.grants.map(({ scope, state }) => [scope, state])).toEqual([
      ['orders-ro', 'active'],
    ])
    expect(claimsOf(child)).toMatchObject({
      sub: 'user:mia',
      act: { sub: 'agent:fixer/tests', act: { sub: 'agent:fixer' } },
      scope: 'orders-ro',
      cnf: { jkt: child.key.thumbprint },
    })
    expect((await family.mint(child)).status).toBe(201)
    const beat = await family.asMember(child, `/v1/tasks/${child.started.task.id}/heartbeat`, {})
    const renewed = { ...child, started: beat.body as unknown as Member['started'] }
    expect(claimsOf(renewed)['act']).toEqual(claimsOf(child)['act'])
    // Neither's token is any use to the other's key.
    expectRefused(await family.mint({ ...child, key: parent.key }), 'invalid_dpop_proof')
    await auditHas(
      family.broker,
      ({ type, task, facts }) =>
        type === 'task.delegated' &&
        task === child.started.task.id &&
        facts?.['parentTask'] === parent.started.task.id,
    )
  })

  it('DENY I9: a scope that the parent does not hold, also one it could have asked for itself', async () => {
    expectRefused(await family.ask(parent, { scopes: ['backup-rw'] }), 'not_granted')
    const mixed = await family.have(parent, { scopes: ['orders-ro', 'backup-rw'] })
    expectRefused(await family.mint(mixed, 'backup-rw'), 'not_granted')
    const more = { scopes: ['orders-rw'] }
    expectRefused(
      await family.asMember(mixed, `/v1/tasks/${mixed.started.task.id}/grants`, more),
      'exceeds_parent',
    )
  })

  it('PERMIT and DENY I9: a scope for at most some access', async () => {
    expectRefused(
      await family.ask(parent, { scopes: ['orders-rw'], access: { 'orders-rw': ['read'] } }),
      'exceeds_parent',
    )
    const child = await family.have(parent, {
      scopes: ['orders-ro', 'orders-rw'],
      access: { 'orders-ro': ['read'], 'orders-rw': ['read'] },
    })
    expect(child.started.task.grants).toMatchObject([
      { scope: 'orders-ro', state: 'active' },
      { scope: 'orders-rw', state: 'denied', code: 'exceeds_parent' },
    ])
  })

  it('DENY I9: another environment, in the request or in the database (I2)', async () => {
    expectRefused(await family.ask(parent, { environment: 'production' }), 'invalid_request')
    const child = await family.have(parent)
    await expect(
      family.database(`UPDATE tasks SET environment = 'production' WHERE id = '${child.started.task.id}'`),
    ).rejects.toThrow(/child_environment_is_its_parents|grant_environment_is_its_tasks/)
  })

  it('PERMIT and DENY I9: it ends with its parent at the latest (I3)', async () => {
    const short = await family.start({ ttl: '10m' })
    const child = await family.have(short, { ttl: '8h' })
    expect(child.started.capped_by).toBe('parent')
    const ends = [child.started.task.ends_at, ...child.started.task.grants.map(({ ends_at }) => ends_at)]
    for (const end of ends)
      expect(Date.parse(end as string)).toBeLessThanOrEqual(Date.parse(short.started.task.ends_at))
  })

  it('PERMIT and DENY I9: four generations, and no fifth', async () => {
    let lowest = parent
    for (let depth = 1; depth <= 4; depth++) {
      lowest = await family.have(lowest)
      expect(lowest.started.task.depth).toBe(depth)
    }
    expect((await family.mint(lowest)).status).toBe(201)
    expectRefused(await family.ask(lowest), 'exceeds_parent')
  })

  it('DENY I9: what policy does not give whoever acts, though the parent has it', async () => {
    expectRefused(await family.ask(parent, { agent: 'keeper' }, { key: keeper.key }), 'denied')
  })

  it('I5: what a child may write counts for the agent above it, too, and for the one that acts', async () => {
    await family.start({ scopes: ['backup-rw'] }, keeper)
    expectRefused(
      await family.ask(parent, { agent: 'keeper', scopes: ['orders-rw'] }, { key: keeper.key }),
      'both_sides',
    )
    const child = await family.have(parent, { agent: 'helper', scopes: ['orders-rw'] }, helper.key)
    const held = await family.database(
      `SELECT holder FROM side_holds h JOIN grants g ON g.id = h.grant_id WHERE g.task_id = '${child.started.task.id}' ORDER BY 1`,
    )
    expect(held.map(({ holder }) => holder)).toEqual(['agent:fixer', 'agent:helper'])
  })
})

describe('who may hand on, and to whom (I12)', () => {
  it('only the task itself: not its agent, not another task, not a person', async () => {
    const other = await family.start()
    expectRefused(
      await family.ask(parent, {}, { token: await tokenOf(family.broker, family.agent) }),
      'forbidden',
    )
    expectRefused(await family.ask(parent, {}, { token: other.started.token.access_token }), 'not_found')
    const path = `/v1/tasks/${parent.started.task.id}/delegate`
    const body = {
      proof: proofFor(family.broker, other.key, { method: 'POST', path }),
      scopes: ['orders-ro'],
      purpose: 'x',
    }
    await expect(admin('POST', path, body)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('to a key that is nobody else’s: not the parent’s own, not one that another agent enrolled', async () => {
    expectRefused(await family.ask(parent, {}, { key: parent.key }), 'invalid_request')
    const child = await family.have(parent)
    expectRefused(await family.ask(child, {}, { key: parent.key }), 'invalid_request')
    expectRefused(await family.ask(parent, {}, { key: helper.key }), 'forbidden')
  })

  it('to another agent by a key which that one enrolled, and only of the same owner', async () => {
    const child = await family.have(parent, { agent: 'helper' }, helper.key)
    expect(claimsOf(child)).toMatchObject({
      client_id: 'agent:helper',
      act: { sub: 'agent:helper', act: { sub: 'agent:fixer' } },
    })
    expectRefused(await family.ask(parent, { agent: 'helper' }), 'forbidden')
    const other = await family.broker.enrolAgent('other')
    expectRefused(await family.ask(parent, { agent: 'other' }, { key: other.key }), 'forbidden')
    expectRefused(await family.ask(parent, { agent: 'nobody' }), 'forbidden')
  })

  it('once per proof of the child’s key, made for this parent', async () => {
    const key = generateClientKey()
    const path = `/v1/tasks/${parent.started.task.id}/delegate`
    const proof = proofFor(family.broker, key, { method: 'POST', path })
    const results = await Promise.all([1, 2, 3].map(() => family.ask(parent, {}, { proof })))
    expect(results.map(({ status, code }) => code ?? status).sort()).toEqual([
      201,
      'replayed_proof',
      'replayed_proof',
    ])
    const refused = proofFor(family.broker, key, { method: 'POST', path })
    expectRefused(await family.ask(parent, { scopes: ['backup-rw'] }, { proof: refused }), 'not_granted')
    expectRefused(await family.ask(parent, {}, { proof: refused }), 'replayed_proof')
    const elsewhere = proofFor(family.broker, key, { method: 'POST', path: '/v1/tasks' })
    expectRefused(await family.ask(parent, {}, { proof: elsewhere }), 'invalid_dpop_proof')
    expectRefused(await family.ask(parent, {}, { proof: 'x' }), 'invalid_dpop_proof')
  })
})

describe('a child lives no longer than all above it (I8, I9)', () => {
  it('ending the parent ends every generation, and what they minted is gone', async () => {
    const top = await family.start()
    const child = await family.have(top)
    const grandchild = await family.have(child)
    const before = (await family.roles()).length
    for (const member of [child, grandchild]) expect((await family.mint(member)).status).toBe(201)
    expect((await family.end(top)).status).toBe(200)
    for (const member of [child, grandchild]) expectRefused(await family.mint(member), 'task_ended')
    expect(await family.roles()).toHaveLength(before)
    expectRefused(await family.ask(child), 'task_ended')
  })

  it('ending a child ends nothing else', async () => {
    const top = await family.start()
    const [first, second] = [await family.have(top), await family.have(top)]
    expect((await family.end(first)).status).toBe(200)
    expect((await family.mint(second)).status).toBe(201)
    expect((await family.mint(top)).status).toBe(201)
    expect((await view(top)).children).toEqual([first.started.task.id, second.started.task.id])
    const shown = await family.broker.cli(['task', 'show', first.started.task.id])
    expect(shown.stdout).toContain(top.started.task.id)
  })

  it('revoking a grant of the parent revokes it below; so does freezing the parent’s agent', async () => {
    const top = await family.start()
    const child = await family.have(top, { agent: 'helper', scopes: ['orders-ro', 'orders-rw'] }, helper.key)
    const grandchild = await family.have(child, { scopes: ['orders-ro', 'orders-rw'] })
    const grant = top.started.task.grants.find(({ scope }) => scope === 'orders-ro')
    await admin('DELETE', `/v1/grants/${grant?.id}`)
    for (const member of [child, grandchild]) expectRefused(await family.mint(member), 'not_granted')
    expect((await family.mint(grandchild, 'orders-rw')).status).toBe(201)
    expectRefused(await family.ask(top), 'not_granted')
    await admin('POST', '/v1/freeze', { agent: 'fixer' })
    expectRefused(await family.mint(child, 'orders-rw'), 'task_ended')
    await admin('POST', '/v1/unfreeze', { agent: 'fixer' })
    parent = await family.start()
  })

  it.each([
    ['past its end', `ends_at = clock_timestamp() - interval '1 second'`],
    ['without its heartbeat', `heartbeat_due = clock_timestamp() - interval '1 second'`],
  ])('under a parent %s nothing is minted or handed on, before anybody swept', async (_what, set) => {
    const top = await family.start()
    const child = await family.have(top)
    await family.database(`UPDATE tasks SET ${set} WHERE id = '${top.started.task.id}'`)
    expectRefused(await family.mint(child), 'task_ended')
    expectRefused(await family.ask(top), 'task_ended')
    expectRefused(await family.ask(child), 'task_ended')
  })

  it('a delegation and the end of its parent at the same moment leave no living child', async () => {
    for (const first of ['delegate', 'end'] as const) {
      const top = await family.start()
      const { id } = top.started.task
      const acts = { delegate: () => family.ask(top), end: () => family.end(top) }
      await family.inOrder(id, [acts[first], acts[first === 'end' ? 'delegate' : 'end']])
      const living = `t.parent = '${id}' AND (t.state = 'active' OR g.state <> 'ended')`
      expect(
        await family.database(`SELECT FROM tasks t JOIN grants g ON g.task_id = t.id WHERE ${living}`),
      ).toEqual([])
    }
  })
})

describe('what is changed by hand takes the authority away (I13)', () => {
  it.each([
    ['a child that says it has no parent', `lineage = '[]'`],
    ['a child under another actor', `lineage = jsonb_set(lineage, '{0,actor}', '"agent:other"')`],
  ])('%s', async (_what, set) => {
    const child = await family.have(parent)
    const { id } = child.started.task
    const [kept] = await family.database(`SELECT lineage FROM tasks WHERE id = '${id}'`)
    await family.database(`UPDATE tasks SET ${set} WHERE id = '${id}'`)
    expectRefused(await family.mint(child), 'tampered')
    expectRefused(await family.ask(child), 'tampered')
    await family.database(
      `UPDATE tasks SET lineage = '${JSON.stringify(kept?.['lineage'])}' WHERE id = '${id}'`,
    )
    expect((await family.mint(child)).status).toBe(201)
  })

  it('a grant of the parent that allows more is not handed on, nor used below', async () => {
    const top = await family.start({ scopes: ['orders-ro'] })
    const child = await family.have(top)
    await family.database(
      `UPDATE grants SET access = '{read,write}' WHERE task_id = '${top.started.task.id}'`,
    )
    expectRefused(await family.ask(top), 'tampered')
    expectRefused(await family.mint(child), 'tampered')
  })

  it('a child hidden while its parent ended, and both set back by hand', async () => {
    const top = await family.start({ scopes: ['orders-ro'] })
    const child = await family.have(top)
    const [row] = await family.database(`SELECT lineage FROM tasks WHERE id = '${child.started.task.id}'`)
    await family.database(`UPDATE tasks SET lineage = '[]' WHERE id = '${child.started.task.id}'`)
    expect((await family.end(top)).status).toBe(200)
    const back = `state = 'active', end_reason = NULL, ended_at = NULL`
    await family.database(
      `UPDATE tasks SET lineage = '${JSON.stringify(row?.['lineage'])}' WHERE id = '${child.started.task.id}';
       UPDATE tasks SET ${back} WHERE id = '${top.started.task.id}'; UPDATE grants SET ${back} WHERE task_id = '${top.started.task.id}'`,
    )
    expectRefused(await family.mint(child), 'tampered')
  })
})

describe('what policy no longer gives those above', () => {
  it('DENY I9: is nobody’s below, whatever policy gives to them', async () => {
    const child = await family.have(parent, { agent: 'helper' }, helper.key)
    expect((await family.mint(child)).status).toBe(201)
    await family.apply('forbid(principal == Agent::"fixer", action, resource);')
    expect((await family.mint(child)).code).toMatch(/^(denied|not_granted)$/)
  })
})
