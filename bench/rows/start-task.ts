import { connect } from '@credbroker/broker/adapters/postgres/connect'
import { parseDatabaseUrl } from '@credbroker/broker/adapters/postgres/database-url'
import { Secret } from '@credbroker/core/secret'
import { ratePerSecond } from '../lab/in-flight.ts'
import { ENVIRONMENT, type Lab, SCOPES } from '../lab/lab.ts'
import { median } from '../lab/stats.ts'
import { requestBytes, Wire } from '../lab/wire.ts'
import { type Measurement, round } from '../row.ts'

const IN_FLIGHT = 16
const PAIRS = 5
const STARTS = 2000
const INSERTS = 8000
const WARM_UP = 2000
const BUDGET = 0.2

const body = JSON.stringify({ environment: ENVIRONMENT, purpose: 'benchmark', scopes: SCOPES, ttl: 600 })

/**
 * Tasks with two scopes, started over HTTP at a broker in its own process: proof verified, decided, durable, token
 * signed. Signing proofs is the client's cost and done before the clock starts.
 */
export const startTask: Measurement = {
  name: 'start_task',
  async run(open) {
    const lab = await open()
    const sql = connect(parseDatabaseUrl(new Secret(lab.postgres.url)), { max: IN_FLIGHT })
    try {
      await sql`CREATE TABLE IF NOT EXISTS bench_yardstick (
        id text PRIMARY KEY, body text NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp())`
      let inserted = 0
      const insert = () =>
        sql`INSERT INTO bench_yardstick (id, body) VALUES (${`row-${process.pid}-${inserted++}`}, ${body})`
      const inserts = (count: number) => ratePerSecond(count, IN_FLIGHT, insert)
      const starts = async (count: number) => {
        const requests = await prepare(lab, count)
        const wire = await Wire.open(lab.port, IN_FLIGHT)
        return await ratePerSecond(count, IN_FLIGHT, async (index) => {
          const { status, body: answer } = await wire.send(requests[index] as Buffer)
          if (status !== 201) throw new Error(`a task was not started: ${status} ${answer}`)
        }).finally(() => wire.close())
      }
      await inserts(WARM_UP)
      await starts(WARM_UP)
      const pairs: { insertRate: number; startRate: number }[] = []
      for (let pair = 0; pair < PAIRS; pair++)
        pairs.push({ insertRate: await inserts(INSERTS), startRate: await starts(STARTS) })
      const ratio = median(pairs.map(({ insertRate, startRate }) => startRate / insertRate))
      const ratios = pairs.map(({ insertRate, startRate }) => (startRate / insertRate).toFixed(2))
      return {
        name: 'start_task',
        value: round(median(pairs.map(({ startRate }) => startRate)), 0),
        unit: 'starts/s',
        yardstick: `${round(median(pairs.map(({ insertRate }) => insertRate)), 0)} single-row INSERTs/s`,
        ratio: round(ratio, 3),
        budget: `≥ ${BUDGET} × (stretch 0.35)`,
        ok: ratio >= BUDGET,
        detail: `ratios of ${PAIRS} pairs: ${ratios.join(' ')}`,
      }
    } finally {
      await sql`DROP TABLE IF EXISTS bench_yardstick`
      await sql.end({ timeout: 5 })
    }
  },
}

async function prepare({ agent, port }: Lab, count: number): Promise<Buffer[]> {
  const token = await agent.token()
  return Array.from({ length: count }, () =>
    requestBytes('POST', '/v1/tasks', port, agent.headers('POST', '/v1/tasks', token), body),
  )
}
