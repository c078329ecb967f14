import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKek } from '@credbroker/broker/adapters/keyring/kek'
import { createKeyfile } from '@credbroker/broker/adapters/keyring/keyfile'
import { Secret } from '@credbroker/core/secret'
import type { TaskStarted, TaskView } from '@credbroker/core/wire/tasks'
import { freePort } from '../../test/harness/free-port.ts'
import { type BrokerProcess, startBroker } from './broker.ts'
import { type OwnBroker, startOwnBroker } from './own-broker.ts'
import { enrol, type Person } from './people.ts'
import { type Durable, startDurablePostgres } from './postgres.ts'

/** What measurements share: one PostgreSQL, an administrator, an agent that may read two scopes, brokers as asked for. */
export interface Lab {
  readonly postgres: Durable
  readonly directory: string
  /** The first replica, in this process; its URL is the one that all replicas go by. */
  readonly broker: OwnBroker
  readonly issuer: string
  readonly admin: Person
  readonly agent: Person
  /** Another replica, in a process of its own. It ends with the lab. */
  replica(env?: Readonly<Record<string, string>>): Promise<BrokerProcess & { port: number }>
  close(): Promise<void>
}

export const ENVIRONMENT = 'staging'
export const SCOPES = ['orders-ro', 'reports-ro'] as const
export const AGENT = 'bench'

export async function openLab(): Promise<Lab> {
  const closing: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    const directory = await mkdtemp(join(tmpdir(), 'credbroker-bench-'))
    closing.push(() => rm(directory, { recursive: true, force: true }))
    const postgres = await startDurablePostgres()
    closing.push(() => postgres.stop())
    const keyfile = join(directory, 'keyfile')
    createKeyfile(keyfile, { current: generateKek((bytes) => crypto.getRandomValues(bytes)) })

    const port = await freePort()
    const issuer = `http://127.0.0.1:${port}`
    const shared = { databaseUrl: postgres.url, keyfile, publicUrl: issuer }
    const broker = await startOwnBroker({ ...shared, port })
    closing.push(() => broker.stop())
    const admin = await enrol(issuer, broker.setupCode)
    await admin.call({ method: 'POST', path: '/v1/apply', body: configuration(postgres), timeoutMs: 60_000 })
    const { token } = await admin.call<{ token: string }>({
      method: 'POST',
      path: `/v1/agents/${AGENT}/invitations`,
    })
    const agent = await enrol(issuer, token)
    const replica: Lab['replica'] = async (env = {}) => {
      const ownPort = await freePort()
      const process = await startBroker({ ...shared, port: ownPort, env })
      closing.push(() => process.stop())
      return { ...process, port: ownPort }
    }
    return { postgres, directory, broker, issuer, admin, agent, replica, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What the administrator applied. */
export const configuration = ({ anchor, root }: Durable) => ({
  config: {
    version: 1,
    environments: { [ENVIRONMENT]: { tier: 'standard', anchors: [{ vendor: 'postgres', id: anchor }] } },
    agents: { [AGENT]: { owner: 'admin' } },
    roots: { orders: { provider: 'postgres-role', environment: ENVIRONMENT, owner: 'admin' } },
    scopes: Object.fromEntries(
      SCOPES.map((name) => [
        name,
        { root: 'orders', environment: ENVIRONMENT, allow: { template: 'read-only' } },
      ]),
    ),
  },
  policies: [{ name: 'bench.cedar', text: READ_STAGING }],
  secrets: { orders: root },
})

const READ_STAGING = `@id("bench-reads")
permit(principal == Agent::"${AGENT}", action == Action::"read", resource in Environment::"${ENVIRONMENT}");`

/** A task of the agent's, with both scopes. */
export async function startTask({ agent }: Lab): Promise<{ task: TaskView; token: Secret }> {
  const body = { environment: ENVIRONMENT, purpose: 'benchmark', scopes: SCOPES, ttl: 600 }
  const { task, token } = await agent.call<TaskStarted>({ method: 'POST', path: '/v1/tasks', body })
  return { task, token: new Secret(token.access_token) }
}
