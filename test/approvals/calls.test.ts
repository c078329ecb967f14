import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ApiWorld, startApiWorld, type Work } from '../gateway/world.ts'
import { Approver, approvers, DISHONEST } from '../harness/approver.ts'
import { ask } from '../harness/person.ts'
import { type Answer, send } from '../security/wire.ts'

let world: ApiWorld
let mia: Approver
let noa: Approver
let task: Work
let count = 0

beforeAll(async () => {
  world = await startApiWorld()
  const both = await approvers(world.broker, 'mia', 'noa')
  mia = both.mia
  noa = both.noa
}, 180_000)
afterAll(() => world?.stop())
beforeEach(async () => {
  task = await world.task(['api'])
  world.vendor.forget()
})

afterEach(() => end(task))

const end = ({ id }: Work) =>
  world.broker.admin.request({ method: 'POST', path: `/v1/tasks/${id}/end` }).catch(() => undefined)

/** Another one for each test, so that none remembers what was said to an earlier one. */
const target = () => `/v1/orders/o${++count}`
const drop = (path: string, approval?: string, work = task): Promise<Answer> =>
  work.call('DELETE', path, approval === undefined ? {} : { headers: { 'broker-approval': approval } })

async function asked(path: string, work = task): Promise<ApprovalView> {
  const answer = await drop(path, undefined, work)
  expect(answer.status, answer.text).toBe(202)
  return answer.body['approval'] as unknown as ApprovalView
}
const deletions = () =>
  world.vendor.hits.filter(({ method }) => method === 'DELETE').map(({ target: t }) => t)

describe('I4: a dangerous call waits for a person', () => {
  it('is not made, is asked once, and is made exactly once after a passkey said yes', async () => {
    const path = target()
    const first = await drop(path)
    expect(first.status).toBe(202)
    expect(first.headers.get('broker-approval')).toMatch(/^apr_/)
    expect(first.headers.get('location')).toBe(`/v1/approvals/${first.headers.get('broker-approval')}`)
    const { id } = await asked(path)
    expect(id).toBe(first.headers.get('broker-approval'))
    expect((await drop(path, id)).code).toBe('approval_required')
    expect(deletions()).toEqual([])

    expect((await mia.approve(id)).state).toBe('approved')
    const done = await drop(path, id)
    expect(done.status, done.text).toBe(200)
    expect(deletions()).toEqual([path])
    expect((await drop(path, id)).code).toBe('approval_invalid')
    expect(deletions()).toEqual([path])
  })

  it('of twenty who send it at once under one approval, one is served', async () => {
    const path = target()
    const { id } = await asked(path)
    await mia.approve(id)
    const answers = await Promise.all(Array.from({ length: 20 }, () => drop(path, id)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(deletions()).toEqual([path])
  })

  it('cannot be re-aimed: another id, another task, another agent', async () => {
    const [path, other] = [target(), target()]
    const { id } = await asked(path)
    await mia.approve(id)
    const elsewhere = await world.task(['api'])
    const stranger = await world.task(['api'], world.other)
    for (const answer of [
      await drop(other, id),
      await drop(path, id, elsewhere),
      await drop(path, id, stranger),
    ])
      expect(answer.code).toBe('approval_invalid')
    expect(deletions()).toEqual([])
  })

  it('at most three questions of an agent wait, over all its tasks, however many are asked at once', async () => {
    const works = await Promise.all([world.task(['api'], world.other), world.task(['api'], world.other)])
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) => drop(target(), undefined, works[at % 2])),
    )
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(3)
    expect(answers.filter(({ code }) => code === 'too_many')).toHaveLength(9)
  })

  it('a batch is a list, each request of it used once', async () => {
    const [a, b, c] = [target(), target(), target()]
    const answer = await send(world.broker, {
      method: 'POST',
      path: '/v1/approvals',
      token: task.token,
      key: task.who.key,
      body: { scope: 'api', requests: [a, b].map((path) => ({ method: 'DELETE', path })) },
    })
    expect(answer.status, answer.text).toBe(202)
    const { id, requests } = answer.body['approval'] as unknown as ApprovalView
    expect(requests).toHaveLength(2)
    await mia.approve(id)
    expect((await drop(c, id)).code).toBe('approval_invalid')
    expect((await drop(b, id)).status).toBe(200)
    expect((await drop(b, id)).code).toBe('approval_invalid')
    expect((await drop(a, id)).status).toBe(200)
    expect((await drop(a, id)).code).toBe('approval_invalid')
    expect(deletions()).toEqual([b, a])
  })

  it('its question and its approval end with the task', async () => {
    const [path, later] = [target(), target()]
    const approved = await asked(path)
    await mia.approve(approved.id)
    const waiting = await asked(later)
    await end(task)
    const over = await mia.answer(waiting.id)
    expect(['approval_invalid', 'conflict']).toContain(over.code)
    expect((await drop(path, approved.id)).status).toBeGreaterThanOrEqual(400)
    expect(deletions()).toEqual([])
  })
})

describe('I4: what a person sees is what they sign', () => {
  it('the challenge is the SHA-256 of the document that is shown', async () => {
    const { id } = await asked(target())
    const { body } = await ask(world.broker, {
      path: `/v1/approvals/${id}/options`,
      token: mia.token,
      body: { verdict: 'approve' },
    })
    const document = body['document'] as Record<string, Json>
    const digest = createHash('sha256').update(canonicalJson(document)).digest('base64url')
    const { challenge } = body['options'] as { challenge: string }
    expect(Buffer.from(challenge, 'base64url').toString()).toBe(digest)
    expect(document).toMatchObject({ approval: id, task: task.id, user: 'mia', verdict: 'approve' })
    for (const member of [
      'nonce',
      'deployment',
      'grant',
      'jkt',
      'request',
      'facts',
      'policy_version',
      'expiry',
    ])
      expect(document[member], member).toEqual(expect.any(String))
  })

  it('shows what is touched as resolved, what it costs, and marks what the agent claims', async () => {
    const work = await world.task(['api'], world.fixer, { purpose: '<b>urgent</b> approve now' })
    const { id } = await asked(target(), work)
    const [shown] = (await mia.waiting()).filter((one) => one.id === id)
    expect(shown).toMatchObject({
      environment: 'staging',
      tier: 'standard',
      level: 'passkey',
      work: { agent: 'fixer', owner: 'mia', claimed: { purpose: '<b>urgent</b> approve now' } },
      loss: { root: 'api' },
      requests: [
        {
          method: 'DELETE',
          access: ['delete'],
          erases: ['primary'],
          reversible: false,
          environments: ['staging'],
          anchors: [`${world.vendor.host}/staging`],
        },
      ],
    })
    await mia.answer(id, { verdict: 'deny' })
  })
})

describe('I4: nobody else approves', () => {
  it('neither a key, nor an agent, nor its task', async () => {
    const { id } = await asked(target())
    const admin = await world.broker.identity('default')
    const paths = ['options', 'approve', 'deny'].map((verb) => `/v1/approvals/${id}/${verb}`)
    for (const path of paths) {
      const body = path.endsWith('options')
        ? { verdict: 'approve' }
        : { expiry: new Date().toISOString(), response: {} }
      await expect(admin.client.request({ method: 'POST', path, body })).rejects.toMatchObject({
        code: 'step_up_required',
      })
      await expect(world.fixer.client.request({ method: 'POST', path, body })).rejects.toMatchObject({
        code: 'forbidden',
      })
      const byTask = await send(world.broker, {
        method: 'POST',
        path,
        token: task.token,
        key: task.who.key,
        body,
      })
      expect(byTask.code).toBe('forbidden')
    }
  })

  it('another person’s passkey, another challenge, a passkey nobody touched, a forged one', async () => {
    const { id } = await asked(target())
    const theirs = new Approver({ ...noa.person, passkey: mia.person.passkey })
    expect((await theirs.answer(id)).code).toBe('passkey_invalid')
    for (const twist of DISHONEST)
      expect((await mia.answer(id, { twist })).code, JSON.stringify(twist)).toBe('passkey_invalid')
    expect((await mia.approve(id)).state).toBe('approved')
  })

  it('a signature over another verdict, another expiry or another question counts for nothing', async () => {
    const [first, second] = [await asked(target()), await asked(target())]
    const offered = await ask(world.broker, {
      path: `/v1/approvals/${first.id}/options`,
      token: mia.token,
      body: { verdict: 'deny' },
    })
    const response = mia.person.passkey.assert(offered.body['options'] as object)
    const { expiry } = offered.body
    for (const path of [`/v1/approvals/${first.id}/approve`, `/v1/approvals/${second.id}/deny`]) {
      const answer = await ask(world.broker, { path, token: mia.token, body: { expiry, response } })
      expect(['passkey_invalid', 'approval_invalid']).toContain(answer.code)
    }
    const later = new Date(Date.now() + 86_400_000).toISOString()
    expect((await mia.answer(first.id, { expiry: later })).code).toBe('approval_invalid')
  })

  it('of two who answer at once one is first, and the answer stands', async () => {
    const { id } = await asked(target())
    const [yes, no] = await Promise.all([mia.answer(id), noa.answer(id, { verdict: 'deny' })])
    expect([yes.status, no.status].filter((status) => status === 200)).toHaveLength(1)
  })

  it('somebody who was an approver when they approved, and is none when it is used', async () => {
    const path = target()
    const { id } = await asked(path)
    await noa.approve(id)
    await world.sql(
      `UPDATE passkeys SET body = jsonb_set(body, '{user}', '"mia"') WHERE body ->> 'user' = 'noa'`,
    )
    expect((await drop(path, id)).code).toBe('approval_invalid')
    await world.sql(
      `UPDATE passkeys SET body = jsonb_set(body, '{user}', '"noa"') WHERE body ->> 'id' = (SELECT body #>> '{answers,0,passkey}' FROM approvals WHERE id = '${id}')`,
    )
    expect((await drop(path, id)).status).toBe(200)
  })
})

describe('I13: a row by itself approves nothing', () => {
  it('one that was changed to approved, inserted, or put back after its use', async () => {
    const [a, b] = [target(), target()]
    const waiting = await asked(a)
    await world.sql(
      `UPDATE approvals SET body = body || '{"state":"approved","usableUntil":"2999-01-01T00:00:00.000Z"}' WHERE id = '${waiting.id}'`,
    )
    expect((await drop(a, waiting.id)).code).toBe('tampered')

    const real = await asked(b)
    await mia.approve(real.id)
    const [row] = await world.sql<{ body: Json; mac: string }>(
      `SELECT body, mac FROM approvals WHERE id = '${real.id}'`,
    )
    const put = (body: Json) => JSON.stringify(body).replaceAll("'", "''")
    await world.sql(
      `INSERT INTO approvals (body, mac) VALUES ('${put({ ...(row?.body as object), id: 'apr_00000000000000000000000000' } as Json)}', '${row?.mac}')`,
    )
    expect((await drop(b, 'apr_00000000000000000000000000')).code).toBe('tampered')
    expect((await drop(b, real.id)).status).toBe(200)
    // As it was before, seal and all.
    const putBack = `UPDATE approvals SET body = '${put(row?.body as Json)}', mac = '${row?.mac}' WHERE id = '${real.id}'`
    await expect(world.sql(putBack)).rejects.toThrow('only goes on')
    expect((await drop(b, real.id)).code).toBe('approval_invalid')
    expect(deletions()).toEqual([b])
  })
})
