import { type Lab, SCOPES, startTask } from '../lab/lab.ts'
import { median } from '../lab/stats.ts'
import { type Measurement, round } from '../row.ts'

const ROUNDS = 10
const BUDGET_MS = 1000

/** From the moment in which one replica has acknowledged a revocation until the other has refused a use. */
export const revokeLatency: Measurement = {
  name: 'revoke_latency',
  async run(open) {
    const lab = await open()
    const other = await lab.replica()
    try {
      const latencies: number[] = []
      const refusals: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const { task, token } = await startTask(lab)
        const use = () => mint(lab, other.url, token)
        if ((await use()) !== 201) throw new Error('the other replica mints nothing')
        await lab.admin.call({ method: 'DELETE', path: `/v1/grants/${task.grants[0]?.id}` })
        const acknowledged = performance.now()
        while ((await use()) === 201);
        latencies.push(performance.now() - acknowledged)
        const asked = performance.now()
        await use()
        refusals.push(performance.now() - asked)
      }
      const worst = Math.max(...latencies)
      const plain = median(refusals)
      return {
        name: 'revoke_latency',
        value: round(worst),
        unit: `ms (worst of ${ROUNDS})`,
        yardstick: `${round(plain)} ms for a refusal long after`,
        ratio: round(worst / plain),
        budget: `< ${BUDGET_MS} ms`,
        ok: worst < BUDGET_MS,
        detail: `median ${round(median(latencies))} ms`,
      }
    } finally {
      await other.stop()
    }
  },
}

type Started = Awaited<ReturnType<typeof startTask>>

async function mint({ agent }: Lab, url: string, token: Started['token']): Promise<number> {
  const path = '/v1/credentials'
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { ...agent.headers('POST', path, token), 'content-type': 'application/json' },
    body: JSON.stringify({ scope: SCOPES[0] }),
  })
  await response.arrayBuffer()
  return response.status
}
