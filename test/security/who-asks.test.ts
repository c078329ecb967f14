import { randomFillSync } from 'node:crypto'
import { generateClientKey, signAssertion } from '@credbroker/core/client-key'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuditEntry, auditHas } from './audit.ts'
import { type Desk, expectRefused, mint, order, startDesk } from './desk.ts'
import { proofFor, type RawRequest, send, tokenOf } from './wire.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
}, 180_000)
afterAll(() => desk?.world.stop())

describe('who does not prove who asks gets nothing, and it is recorded', () => {
  it('no token, another scheme, and a bearer downgrade', async () => {
    const none = await send(desk.broker, { path: '/v1/whoami' })
    expectRefused(none, 'unauthenticated')
    expect(none.headers.get('www-authenticate')).toMatch(/^DPoP /)
    for (const scheme of ['Bearer', 'Basic']) {
      const answer = await desk.asTask({ ...mint, scheme })
      expectRefused(answer, 'invalid_token', desk.task.token.access_token)
      await desk.audited(answer)
    }
  })

  it('a token without proof, with another key’s proof, or one for another request', async () => {
    const request = { method: mint.method, path: mint.path, token: desk.task.token.access_token }
    const stranger = generateClientKey()
    for (const proof of [
      null,
      'not-a-proof',
      proofFor(desk.broker, stranger, request),
      proofFor(desk.broker, desk.agent.key, { ...request, path: '/v1/tasks' }),
      proofFor(desk.broker, desk.agent.key, { ...request, method: 'GET' }),
      proofFor(desk.broker, desk.agent.key, { ...request, token: desk.agentToken }),
      `${proofFor(desk.broker, desk.agent.key, request)}, ${proofFor(desk.broker, desk.agent.key, request)}`,
    ]) {
      const answer = await desk.asTask({ ...mint, proof })
      expectRefused(answer, 'invalid_dpop_proof')
      await desk.audited(answer)
    }
  })

  it('a proof from a clock that is wrong gets a nonce to sign again, and mints nothing meanwhile', async () => {
    const before = await desk.count('leases')
    for (const minutes of [-10, 10]) {
      const at = new Date(Date.now() + minutes * 60_000)
      const proof = proofFor(
        desk.broker,
        desk.agent.key,
        { ...mint, token: desk.task.token.access_token },
        at,
      )
      const answer = await desk.asTask({ ...mint, proof })
      expectRefused(answer, 'use_dpop_nonce')
      expect(answer.headers.get('dpop-nonce')).toBeTruthy()
    }
    expect(await desk.count('leases')).toBe(before)
  })

  it('a proof is good for one request, at whichever replica', async () => {
    const second = await desk.broker.replica()
    const requests: RawRequest[] = [
      mint,
      { path: '/v1/tasks' },
      { method: 'POST', path: '/v1/tasks', body: order },
    ]
    for (const request of requests) {
      const token = request.path === mint.path ? desk.task.token.access_token : desk.agentToken
      const proof = proofFor(desk.broker, desk.agent.key, { ...request, token })
      const first = await send(desk.broker, { ...request, token, proof })
      expect(first.status).toBeLessThan(300)
      for (const at of [desk.broker, second]) {
        const again = await send(desk.broker, { ...request, token, proof, at })
        expectRefused(again, 'replayed_proof')
        await desk.audited(again)
      }
    }
  })

  it('a forged, altered or foreign token', async () => {
    const [header = '', payload = '', signature = ''] = desk.task.token.access_token.split('.')
    const alter = (change: object, of = payload) =>
      Buffer.from(
        JSON.stringify({ ...JSON.parse(Buffer.from(of, 'base64url').toString()), ...change }),
      ).toString('base64url')
    for (const token of [
      'nonsense',
      `${header}.${payload}.`,
      `${header}.${alter({ env: 'production' })}.${signature}`,
      `${alter({ alg: 'none' }, header)}.${payload}.`,
      `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
    ]) {
      const answer = await send(desk.broker, { ...mint, token, key: desk.agent.key })
      expectRefused(answer, 'invalid_token')
      await desk.audited(answer)
    }
  })

  it('a task’s token elsewhere: for another task, for starting one, for administration (I12)', async () => {
    const other = await desk.asAgent({ method: 'POST', path: '/v1/tasks', body: order })
    const { task: foreign } = other.body as unknown as TaskStarted
    expectRefused(
      await desk.asTask({ method: 'POST', path: `/v1/tasks/${foreign.id}/heartbeat` }),
      'not_found',
    )
    expectRefused(await desk.asTask({ method: 'POST', path: `/v1/tasks/${foreign.id}/end` }), 'not_found')
    for (const request of [
      { method: 'POST', path: '/v1/tasks', body: order },
      { path: '/v1/roots' },
      { path: '/v1/audit' },
      { method: 'POST', path: '/v1/freeze', body: { all: true } },
      { method: 'POST', path: '/v1/agents/fixer/invitations' },
      { method: 'DELETE', path: '/v1/agents/fixer' },
    ])
      expectRefused(await desk.asTask(request), 'forbidden')
    expectRefused(await desk.asAgent(mint), 'forbidden')
    expectRefused(await desk.asAdmin(mint), 'forbidden')
    expectRefused(await desk.asAdmin({ method: 'POST', path: '/v1/tasks', body: order }), 'forbidden')
  })

  it('what a known agent is refused is recorded under its name (I6)', async () => {
    const { body } = await desk.asTask({ method: 'POST', path: '/v1/freeze', body: { all: true } })
    const ours = ({ type, code, request, actor }: AuditEntry) =>
      type === 'token.refused' &&
      code === 'forbidden' &&
      request === body['request_id'] &&
      actor.id === 'fixer'
    expect(await auditHas(desk.broker, ours)).toBe(true)
  })

  it('an operator who is no admin may not make admins or rotate keys', async () => {
    const { token } = (await desk.asAdmin({ method: 'POST', path: '/v1/users/noa/invitations' })).body
    expect((await desk.broker.cli(['enroll', '--profile', 'noa'], { stdin: String(token) })).code).toBe(0)
    const noa = await desk.broker.identity('noa')
    const noaToken = await tokenOf(desk.broker, noa)
    for (const request of [
      { method: 'POST', path: '/v1/users/mia/invitations' },
      { method: 'DELETE', path: '/v1/users/mia' },
      { method: 'POST', path: '/v1/keys/rotate', body: { purpose: 'access-token' } },
      { method: 'POST', path: '/v1/unfreeze', body: { all: true } },
    ])
      expectRefused(await send(desk.broker, { ...request, token: noaToken, key: noa.key }), 'forbidden')
  })
})

describe('signing in and enrolling', () => {
  const random = (bytes: Uint8Array<ArrayBuffer>) => randomFillSync(bytes)
  const signIn = (form: Record<string, string>, key = desk.agent.key) =>
    send(desk.broker, {
      method: 'POST',
      path: '/oauth/token',
      key,
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

  it('an assertion is good once, for its own subject and its own desk.broker, for a minute', async () => {
    const audience = desk.broker.url
    const subject = 'agent:fixer' as const
    const assertion = signAssertion({ subject, audience }, desk.agent.key, new Date(), random)
    expect((await signIn({ grant_type, assertion })).status).toBe(200)
    const refused = [
      assertion,
      signAssertion({ subject: 'user:admin', audience }, desk.agent.key, new Date(), random),
      signAssertion({ subject, audience: 'https://other.example' }, desk.agent.key, new Date(), random),
      signAssertion({ subject, audience }, desk.agent.key, new Date(Date.now() - 600_000), random),
      signAssertion({ subject, audience }, generateClientKey(), new Date(), random),
      'nonsense',
      '',
    ]
    for (const one of refused) {
      const answer = await signIn({ grant_type, assertion: one })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(answer.body['error']).toMatch(/^invalid_|^use_dpop/)
      expect(answer.body['access_token']).toBeUndefined()
    }
    expect(await signIn({ grant_type: 'password' })).toMatchObject({ status: 400 })
    const stranger = signAssertion({ subject, audience }, desk.agent.key, new Date(), random)
    expect(
      (await signIn({ grant_type, assertion: stranger }, generateClientKey())).status,
    ).toBeGreaterThanOrEqual(400)
  })

  it('an enrolment token is good once; at the second try both keys die with their work', async () => {
    const { token } = (await desk.asAdmin({ method: 'POST', path: '/v1/agents/other/invitations' })).body
    expect((await desk.broker.cli(['enroll', '--profile', 'first'], { stdin: String(token) })).code).toBe(0)
    const first = await desk.broker.identity('first')
    const running = await first.client.startTask({ ...order })
    await running.credential('orders-ro')

    const thief = generateClientKey()
    const again = await send(desk.broker, {
      method: 'POST',
      path: '/v1/enrolments',
      key: thief,
      body: { token, key: thief.publicJwk },
    })
    expectRefused(again, 'enrolment_invalid', String(token))
    await desk.audited(again)
    await expect(first.client.startTask({ ...order })).rejects.toMatchObject({ status: 401 })
    await expect(running.credential('orders-ro')).rejects.toMatchObject({ code: 'task_ended' })
    await expect(running.lease('orders-ro').current()).rejects.toThrow()
  })

  it('a client whose first answer was lost redeems its token again with the same key, and keeps it', async () => {
    const { token } = (await desk.asAdmin({ method: 'POST', path: '/v1/agents/other/invitations' })).body
    const key = generateClientKey()
    const body = { token, key: key.publicJwk }
    const redeem = () => send(desk.broker, { method: 'POST', path: '/v1/enrolments', key, body })
    expect([(await redeem()).status, (await redeem()).status]).toEqual([201, 201])
  })

  it('a wrong token, a key nobody holds, and a key that is enrolled already', async () => {
    const thief = generateClientKey()
    const enrol = (token: unknown, key: object, proofKey = thief) =>
      send(desk.broker, { method: 'POST', path: '/v1/enrolments', key: proofKey, body: { token, key } })
    expectRefused(await enrol('brk_enr_nonsense', thief.publicJwk), 'enrolment_invalid')
    expectRefused(await enrol('a'.repeat(10_000), thief.publicJwk), 'invalid_request')
    expectRefused(await enrol('brk_enr_x', { ...thief.publicJwk, d: 'x' }), 'invalid_request')
    const { token } = (await desk.asAdmin({ method: 'POST', path: '/v1/agents/other/invitations' })).body
    expectRefused(await enrol(token, thief.publicJwk, desk.agent.key), 'invalid_dpop_proof')
    expectRefused(await enrol(token, desk.agent.key.publicJwk, desk.agent.key), 'conflict')
    // None of that has spent it.
    expect((await enrol(token, thief.publicJwk)).status).toBe(201)
  })
})
