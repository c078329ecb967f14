import type { Sql } from 'postgres'

/** What replicas tell each other: the configuration changed, or work ended. */
export type Notice = 'config' | 'ended'

/**
 * What other replicas say, and whenever the line was down: a lost listener loses notifications, so `onChange` is called
 * on every (re)connection too. Only caches hang on it; every use reads live state.
 */
export async function listen(
  sql: Sql,
  onChange: (notice: Notice | 'reconnected') => void,
): Promise<() => Promise<void>> {
  const subscription = await sql.listen(
    'credbroker',
    (text) => onChange(text as Notice),
    () => onChange('reconnected'),
  )
  return () => subscription.unlisten()
}
