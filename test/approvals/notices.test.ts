import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Approver } from '../harness/approver.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { people } from '../harness/person.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { needs } from '../harness/services.ts'
import { type RecordingUpstream, startUpstream } from '../harness/upstream.ts'

vi.setConfig({ testTimeout: 90_000 })

const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const missing = await needs('openssl')

describe.skipIf(missing)('whoever is to be told of approvals', () => {
  let database: TestPostgres
  let hook: RecordingUpstream
  let broker: TestBroker
  let ada: Approver
  const file = join(tmpdir(), `credbroker-hook-${process.pid}`)

  beforeAll(async () => {
    database = await startTestPostgres()
    hook = await startUpstream(() => ({ status: hook.hits.length === 1 ? 500 : 204 }))
    await writeFile(file, secret, { mode: 0o600 })
    const env = { ...hook.env, BROKER_WEBHOOK_URL: `${hook.origin}/in`, BROKER_WEBHOOK_SECRET_FILE: file }
    broker = await startTestBroker({ databaseUrl: database.url, env })
    const [somebody] = await people(broker, 'admin')
    if (!somebody) throw new Error('nobody')
    const config = {
      version: 1,
      environments: { production: { tier: 'protected' } },
      users: { ada: { roles: ['approver'] } },
    }
    await broker.admin.request({ method: 'POST', path: '/v1/apply', body: { config } })
    const [approver] = await people(broker, 'ada')
    if (!approver) throw new Error('nobody')
    ada = new Approver(approver)
  }, 180_000)
  afterAll(async () => {
    await broker?.stop()
    await hook?.stop()
    await database?.stop()
  })

  const hits = (type: string) =>
    vi.waitUntil(
      () => {
        const found = hook.hits.filter(({ body }) => body.includes(`"type":"approval.${type}"`))
        return found.length > (type === 'asked' ? 1 : 0) && found
      },
      { timeout: 60_000, interval: 100 },
    )

  it('is told when somebody is asked and when they answered, signed, again where it failed, under one id', async () => {
    const { approval } = await broker.admin.request<{ approval: ApprovalView }>({
      method: 'POST',
      path: '/v1/users/ada/invitations',
    })
    const asked = await hits('asked')
    expect(new Set(asked.map((one) => one.header('webhook-id'))).size).toBe(1)
    const [first] = asked
    expect(
      new Webhook(secret).verify(first?.body ?? '', Object.fromEntries(first?.headers ?? [])),
    ).toMatchObject({
      type: 'approval.asked',
      data: {
        approval: approval.id,
        state: 'pending',
        kind: 'config',
        environment: 'production',
        tier: 'protected',
        level: 'passkey',
        requester: 'user:admin',
        operations: [],
        link: approval.url,
        ends_at: approval.ends_at,
      },
    })
    await ada.answer(approval.id, { verdict: 'deny', reason: 'canary of a reason' })
    const [answered] = await hits('answered')
    expect(answered?.body).toContain('"state":"denied"')
    // Nothing that anybody wrote goes along.
    expect(hook.hits.map(({ body }) => body).join()).not.toContain('canary')
  })
})
