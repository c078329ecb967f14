import postgres from 'postgres'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'

export interface House {
  readonly broker: TestBroker
  readonly database: TestPostgres
  sql(statement: string): Promise<readonly Record<string, unknown>[]>
  stop(): Promise<void>
}

/** A broker with some people and an agent, over a database that a test may write into. */
export async function startHouse(env: Readonly<Record<string, string>> = {}): Promise<House> {
  const database = await startTestPostgres()
  try {
    const broker = await startTestBroker({ databaseUrl: database.url, env })
    const config = {
      version: 1,
      environments: { staging: { tier: 'disposable' } },
      users: {
        mia: { roles: ['operator'] },
        noa: { roles: ['viewer'] },
        eve: { roles: ['viewer'] },
        ada: { roles: ['approver'] },
      },
      agents: { fixer: { owner: 'noa' } },
    }
    await broker.admin.request({ method: 'POST', path: '/v1/apply', body: { config } })
    const client = postgres(database.url, { max: 1, onnotice: () => {} })
    const stop = async () => {
      await client.end()
      await broker.stop()
      await database.stop()
    }
    return { broker, database, sql: async (statement) => await client.unsafe(statement), stop }
  } catch (error) {
    await database.stop()
    throw error
  }
}
