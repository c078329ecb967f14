import { type Lab, startTask } from '../lab/lab.ts'
import { bareMegabytes, restingMegabytes } from '../lab/memory.ts'
import { asSuperuser } from '../lab/postgres.ts'
import { type Measurement, type Row, round } from '../row.ts'

const READY_MS = 2000
const LEASES = 1_000_000

/** A broker that has just started, with nothing to do. */
export const memoryIdle: Measurement = {
  name: 'memory_idle',
  run: async (open) => measure('memory_idle', await open(), 200),
}

/** The same, with a million living leases in the store: none of them may live in the broker. */
export const memoryWithLeases: Measurement = {
  name: 'memory_1m_leases',
  async run(open) {
    const lab = await open()
    const { task } = await startTask(lab)
    await asSuperuser(lab.postgres, 'credbroker', [
      `INSERT INTO leases (id, grant_id, task_id, environment, agent, scope, root, provider, name, spec, state,
         mint_deadline, settle_until, expires_at, dead_by, due_at)
       SELECT 'lse_' || lpad(n::text, 26, '0'), g.id, g.task_id, g.environment, 'bench', g.scope, 'orders', 'postgres-role',
         'bench_' || n, '{}', 'active', now(), now(), now() + interval '1 hour', now() + interval '1 hour', now() + interval '1 hour'
       FROM generate_series(1, ${LEASES}) AS n, grants g WHERE g.id = '${task.grants[0]?.id}'`,
      'ANALYZE leases',
    ])
    try {
      return await measure('memory_1m_leases', lab, 300)
    } finally {
      await asSuperuser(lab.postgres, 'credbroker', ['TRUNCATE leases'])
    }
  },
}

async function measure(name: string, lab: Lab, budget: number): Promise<Row> {
  const bare = await bareMegabytes()
  const { pid, readyMs, stop } = await lab.replica()
  try {
    const resident = await restingMegabytes(pid)
    return {
      name,
      value: round(resident, 0),
      unit: 'MB',
      yardstick: `${round(bare, 0)} MB a Node process that does nothing`,
      ratio: round(resident / bare),
      budget: `< ${budget} MB, ready < ${READY_MS / 1000} s`,
      ok: resident < budget && readyMs < READY_MS,
      detail: `ready after ${round(readyMs, 0)} ms`,
    }
  } finally {
    await stop()
  }
}
