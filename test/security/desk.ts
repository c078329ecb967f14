import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { expect } from 'vitest'
import { startStaging } from '../e2e/shops.ts'
import type { Identity, TestBroker } from '../harness/broker.ts'
import { auditHas } from './audit.ts'
import { type Answer, type RawRequest, send, tokenOf } from './wire.ts'

export const order = { environment: 'staging', purpose: 'x', scopes: ['orders-ro'] }
export const mint = { method: 'POST', path: '/v1/credentials', body: { scope: 'orders-ro' } }

/** A broker with an agent at work, an administrator, and requests of theirs exactly as said. */
export interface Desk {
  readonly world: Awaited<ReturnType<typeof startStaging>>
  readonly broker: TestBroker
  readonly agent: Identity
  readonly agentToken: string
  readonly task: TaskStarted
  asAgent(request: RawRequest): Promise<Answer>
  asAdmin(request: RawRequest): Promise<Answer>
  asTask(request: RawRequest): Promise<Answer>
  count(from: string): Promise<number>
  /** Resolves when the refusal is in the audit log. */
  audited(answer: Answer): Promise<true>
}

export async function startDesk(): Promise<Desk> {
  const world = await startStaging()
  const { broker, agent } = world
  const as =
    ({ key }: Identity, token: string) =>
    (request: RawRequest) =>
      send(broker, { token, key, ...request })
  const admin = await broker.identity('default')
  const agentToken = await tokenOf(broker, agent)
  const asAgent = as(agent, agentToken)
  const started = await asAgent({ method: 'POST', path: '/v1/tasks', body: order })
  const task = started.body as unknown as TaskStarted
  return {
    world,
    broker,
    agent,
    agentToken,
    task,
    asAgent,
    asAdmin: as(admin, await tokenOf(broker, admin)),
    asTask: as(agent, task.token.access_token),
    async count(from) {
      const [row] = await world.staging.admin(`SELECT count(*) AS n FROM ${from}`, 'credbroker')
      return Number(row?.['n'])
    },
    audited: ({ body }) =>
      auditHas(broker, ({ request, result }) => request === body.request_id && result !== 'ok'),
  }
}

/** What every refusal has: a stable code, a request id, and nothing of what was sent. */
export function expectRefused(answer: Answer, code: string, sent = ''): void {
  expect({ code: answer.code, text: answer.text.slice(0, 400) }).toMatchObject({ code })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
  expect(answer.body.request_id).toMatch(/^req_/)
  if (sent) expect(answer.text).not.toContain(sent)
}
