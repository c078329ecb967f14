import { BrokerError } from '@credbroker/core/errors'
import { pino } from 'pino'
import type { Log } from '../ports/log.ts'

/** JSON lines on standard error. Of an error only class, code and place are kept: messages of others may hold anything. */
export const createLog = (level: string): Log =>
  pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: safeError } },
    pino.destination({ dest: 2, sync: true }),
  )

function safeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error, ...codes(error) }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    type: error.name,
    ...(error instanceof BrokerError && { code: error.code, cause: codes(error.details.cause) }),
    at: frames.slice(0, 6).map((line) => line.trim()),
  }
}

/** Codes and names of our own schema: what the database driver's errors are reduced to. */
function codes(value: unknown): object {
  const { code, constraint, table } = (value ?? {}) as Record<string, unknown>
  return Object.fromEntries(
    Object.entries({ code, constraint, table }).filter(
      ([, text]) => typeof text === 'string' && /^\w{1,63}$/.test(text),
    ),
  )
}
