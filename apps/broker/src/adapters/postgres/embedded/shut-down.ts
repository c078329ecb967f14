import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from './log.ts'
import { type Cluster, isPostmasterOf, type Postmaster } from './postmaster.ts'

const patienceMs = 10_000

/**
 * Ends the server: politely (open transactions are rolled back), then at once (it recovers at the next start).
 * https://www.postgresql.org/docs/current/server-shutdown.html
 */
export async function shutDown({ pid }: Postmaster, cluster: Cluster, log: Log): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    const until = Date.now() + patienceMs
    while (Date.now() < until) {
      if (!(await isPostmasterOf(pid, cluster))) return
      await delay(10)
    }
    log.warn({ pid, signal }, 'the embedded PostgreSQL did not end in time')
  }
}
