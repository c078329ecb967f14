import { connect } from '@credbroker/broker/adapters/postgres/connect'
import { parseDatabaseUrl } from '@credbroker/broker/adapters/postgres/database-url'
import { Secret } from '@credbroker/core/secret'
import { SCOPES, startTask } from '../lab/lab.ts'
import { latenciesAt } from '../lab/pace.ts'
import { percentile } from '../lab/stats.ts'
import { type Measurement, round } from '../row.ts'

const PER_SECOND = 500
const WARM_UP = 1500
const USES = 5000
const PATH = '/v1/credentials'

/**
 * One use of a scope, up to where the vendor would be called: token and proof verified, the proof taken, task and grant
 * read, the row's seal checked, decided. Measured in the broker's own process, since over HTTP no request ends there.
 */
export const checkAtUse: Measurement = {
  name: 'check_at_use',
  async run(open) {
    const lab = await open()
    const sql = connect(parseDatabaseUrl(new Secret(lab.postgres.url)), { max: 12 })
    try {
      const { token } = await startTask(lab)
      const { authenticate, checkUse } = lab.broker.cases
      const uses = async (count: number) => {
        const headers = Array.from({ length: count }, () => lab.agent.headers('POST', PATH, token))
        return latenciesAt(PER_SECOND, count, async (index) => {
          const request = { method: 'POST', url: lab.issuer + PATH, requestId: `bench-${index}` }
          const caller = await authenticate({
            ...request,
            token: token.expose(),
            dpop: headers[index]?.['dpop'],
          })
          if (caller.kind !== 'task') throw new Error('not a task’s token')
          await checkUse(caller, SCOPES[0], 'mint')
        })
      }
      const inserts = (count: number) =>
        latenciesAt(PER_SECOND, count, () => sql`INSERT INTO bench_check (body) VALUES ('x')`)
      await sql`CREATE TABLE bench_check (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)`
      await inserts(WARM_UP)
      await uses(WARM_UP)
      const beside = await inserts(USES)
      const taken = await uses(USES)
      const p50 = percentile(taken, 0.5)
      const p99 = percentile(taken, 0.99)
      return {
        name: 'check_at_use',
        value: round(p50),
        unit: 'ms (p50)',
        yardstick: `${round(percentile(beside, 0.5))} ms (p50) a single-row INSERT at the same pace`,
        ratio: round(p50 / percentile(beside, 0.5)),
        budget: `p50 < 2 ms, p99 < 5 ms at ${PER_SECOND}/s`,
        ok: p50 < 2 && p99 < 5,
        detail: `p99 ${round(p99)} ms; the INSERT’s ${round(percentile(beside, 0.99))} ms`,
      }
    } finally {
      await sql`DROP TABLE IF EXISTS bench_check`
      await sql.end({ timeout: 5 })
    }
  },
}
