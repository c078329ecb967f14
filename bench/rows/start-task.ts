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

const order = { environment: ENVIRONMENT, purpose: 'benchmark', scopes: [...SCOPES], ttl: 600 }
const body = JSON.stringify(order)
const PATH = '/v1/tasks'

/**
 * Tasks with two scopes in the broker's own process: token and proof verified, decided, durable with grants and audit,
 * token signed; no socket between, as there is none between us and the driver. Signing proofs is the client's cost and
 * done before the clock starts. The same over HTTP, with broker and client in two processes, is told beside it.
 */
export const startTask: Measurement = {
  name: 'start_task',
  async run(open) {
    const lab = await open()
    const sql = connect(parseDatabaseUrl(new Secret(lab.postgres.url)), { max: IN_FLIGHT })
    try {
      await sql`CREATE TABLE bench_start (
        id text PRIMARY KEY, body text NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp())`
      let inserted = 0
      const insert = () => sql`INSERT INTO bench_start (id, body) VALUES (${`row-${inserted++}`}, ${body})`
      const inserts = (count: number) => ratePerSecond(count, IN_FLIGHT, insert)
      await inserts(WARM_UP)
      await starts(lab, WARM_UP)
      const pairs: { insertRate: number; startRate: number }[] = []
      for (let pair = 0; pair < PAIRS; pair++)
        pairs.push({ insertRate: await inserts(INSERTS), startRate: await starts(lab, STARTS) })
      const overHttp = await startsOverHttp(lab)
      const insertRate = median(pairs.map((pair) => pair.insertRate))
      const ratios = pairs.map((pair) => pair.startRate / pair.insertRate)
      const ratio = median(ratios)
      return {
        name: 'start_task',
        value: round(median(pairs.map((pair) => pair.startRate)), 0),
        unit: 'starts/s',
        yardstick: `${round(insertRate, 0)} single-row INSERTs/s`,
        ratio: round(ratio, 3),
        budget: `≥ ${BUDGET} × (stretch 0.35)`,
        ok: ratio >= BUDGET,
        detail: `pairs ${ratios.map((each) => round(each)).join(' ')}; over HTTP ${round(overHttp, 0)} starts/s`,
      }
    } finally {
      await sql`DROP TABLE IF EXISTS bench_start`
      await sql.end({ timeout: 5 })
    }
  },
}

async function starts({ agent, broker, issuer }: Lab, count: number): Promise<number> {
  const { authenticate, startTask: start, taskToken } = broker.cases
  const token = await agent.token()
  const proofs = Array.from({ length: count }, () => agent.headers('POST', PATH, token)['dpop'])
  const request = { method: 'POST', url: issuer + PATH, token: token.expose() }
  return ratePerSecond(count, IN_FLIGHT, async (index) => {
    const caller = await authenticate({ ...request, dpop: proofs[index], requestId: `bench-${index}` })
    if (caller.kind !== 'agent') throw new Error('not an agent’s token')
    const { task, grants } = await start(caller, order)
    if (grants.length !== SCOPES.length) throw new Error('not everything was granted')
    await taskToken(task, grants)
  })
}

async function startsOverHttp(lab: Lab): Promise<number> {
  const replica = await lab.replica()
  const token = await lab.agent.token()
  const rates: number[] = []
  for (let run = 0; run < 3; run++) {
    const requests = Array.from({ length: STARTS }, () =>
      requestBytes('POST', PATH, replica.port, lab.agent.headers('POST', PATH, token), body),
    )
    const wire = await Wire.open(replica.port, IN_FLIGHT)
    const rate = await ratePerSecond(STARTS, IN_FLIGHT, async (index) => {
      const { status, body: answer } = await wire.send(requests[index] as Buffer)
      if (status !== 201) throw new Error(`a task was not started: ${status} ${answer}`)
    }).finally(() => wire.close())
    rates.push(rate)
  }
  await replica.stop()
  return Math.max(...rates)
}
