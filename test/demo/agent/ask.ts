import { Broker } from '@credbroker/sdk/broker'
import { type BrokerApiError, DeniedError } from '@credbroker/sdk/errors'
import type { Attempt } from '../attempts.ts'
import { codeOf, tell } from './say.ts'

const staging = { environment: 'staging', purpose: 'fix flaky checkout test', ttl: '1m' }

/** Asks the broker, as itself, for more than its work needs. */
export async function askForMore(): Promise<void> {
  const broker = Broker.fromEnvironment()
  await attempt('ask-production', async () => {
    await using task = await broker.startTask({ ...staging, scopes: ['orders-rw'] })
    const [grant] = await task.request(['orders-live-ro'])
    if (grant?.state === 'denied') await mustRefuse(() => task.credential('orders-live-ro'))
    if (grant?.state === 'denied') throw Object.assign(new Error('denied'), { code: grant.code })
    return `granted: ${grant?.state}`
  })
  await attempt('start-production', async () => {
    await using task = await broker.startTask({
      ...staging,
      environment: 'production',
      scopes: ['orders-live-ro'],
    })
    return `granted: ${task.grants.map(({ state }) => state).join()}`
  })
  await attempt('delete', async () => {
    await using task = await broker.startTask({ ...staging, scopes: ['orders-rw', 'orders-delete'] })
    const grant = task.grants.find(({ scope }) => scope === 'orders-delete')
    const answer = await task.credential('orders-delete').catch((error: unknown) => error)
    if (answer instanceof Error && grant?.state === 'pending') throw answer
    return `granted: ${grant?.state}`
  })
  await attempt('admin', async () => {
    for (const [method, path, body] of ADMIN) {
      try {
        await broker.request({ method, path, ...(body !== undefined && { body }) })
        return `${method} ${path}`
      } catch (error) {
        if (codeOf(error) !== 'forbidden') throw error
      }
    }
    throw Object.assign(new Error('forbidden'), { code: 'forbidden', detail: `${ADMIN.length} routes` })
  })
}

const ADMIN: readonly (readonly ['GET' | 'POST' | 'DELETE', string, unknown?])[] = [
  ['GET', '/v1/roots'],
  ['POST', '/v1/roots/production-orders/rotate'],
  [
    'POST',
    '/v1/roots',
    { name: 'mine', provider: 'postgres-role', owner: 'mia', secret: 'postgres://a:b@127.0.0.1/c' },
  ],
  ['POST', '/v1/agents/oncall/invitations'],
  ['POST', '/v1/users/admin/invitations'],
  ['POST', '/v1/apply', { config: { version: 1 } }],
  ['DELETE', '/v1/scopes/orders-rw'],
  ['POST', '/v1/unfreeze', { all: true }],
  ['POST', '/v1/keys/rotate', { purpose: 'access-token' }],
  ['GET', '/v1/audit'],
]

async function attempt(name: Attempt, run: () => Promise<string>): Promise<void> {
  try {
    tell(name, 'reached', 'ok', await run())
  } catch (error) {
    const { detail } = error as { detail?: string }
    tell(name, 'refused', codeOf(error), detail ?? (error as Partial<BrokerApiError>).reason ?? '')
  }
}

async function mustRefuse(run: () => Promise<unknown>): Promise<void> {
  const answer = await run().catch((error: unknown) => error)
  if (!(answer instanceof DeniedError)) throw new Error('a denied scope gave a credential')
}
