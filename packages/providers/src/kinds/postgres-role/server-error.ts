import { BrokerError } from '@credbroker/core/errors'

const SAID: Record<string, string> = {
  '28P01': 'The server refused the root’s password',
  '28000': 'The server refused the root’s login: look at pg_hba.conf and at the role',
  '3D000': 'The root’s database does not exist',
  '42501': 'The root lacks a privilege that this needs',
  '55P03': 'Somebody holds a lock on what this changes',
}

/** The server's class of error in our words; its own text can quote statements, so nothing of it is kept but SQLSTATE (Appendix A). */
export function serverError(error: unknown): unknown {
  const state = sqlState(error)
  if (error instanceof BrokerError || state === undefined) return error
  const cause = { name: 'PostgresError', code: state }
  // Class 08 connection, 53 resources, 57 time is over or the server is going.
  if (/^(08|53|57|55P03)/.test(state))
    return new BrokerError('vendor_unavailable', { cause, ...(SAID[state] && { detail: SAID[state] }) })
  if (state === '42710')
    return new BrokerError('conflict', { cause, detail: 'A role of this name exists at the server already' })
  return new BrokerError('vendor_refused', {
    cause,
    detail: SAID[state] ?? `The server refused with SQLSTATE ${state}`,
  })
}

/** The five characters of SQLSTATE, where the error came from a server. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  const fromServer = (error as { name?: unknown } | null | undefined)?.name === 'PostgresError'
  return fromServer && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Two transactions that grant on one table at once: the later one fails although nothing is wrong. */
export async function retryingCollisions<T>(
  work: () => Promise<T>,
  random: (bytes: number) => Uint8Array,
): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work()
    } catch (error) {
      // XX000 is `tuple concurrently updated`; 40001 and 40P01 are serialisation and deadlock.
      if (attempt === 20 || !/^(XX000|40001|40P01)$/.test(sqlState(error) ?? '')) throw error
      await new Promise((resolve) => setTimeout(resolve, (random(1)[0] ?? 0) % (10 * attempt)))
    }
}
