import type { Sql } from 'postgres'

/**
 * What other replicas say, and whenever the line was down: a lost listener loses notifications, so `onChange` is called
 * on every (re)connection too. Only caches hang on it; every use reads live state.
 */
export async function listen(sql: Sql, onChange: () => void): Promise<() => Promise<void>> {
  const subscription = await sql.listen('credbroker', onChange, onChange)
  return () => subscription.unlisten()
}
