import type { ErrorCode } from '@credbroker/core/errors'
import type { AuditLog } from '../ports/audit.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Recorder } from './recorder.ts'

/** Refusals before anybody is known: what strangers and broken clients cause. Later ones are recorded where they happen. */
const AT_THE_DOOR: ReadonlySet<ErrorCode> = new Set([
  'unauthenticated',
  'invalid_token',
  'invalid_dpop_proof',
  'replayed_proof',
  'enrolment_invalid',
  'forbidden',
  'tampered',
  'invalid_request',
  'body_too_large',
])

/** Anybody can cause these, so they must not be able to fill the log: the rest of a second is counted, not written. */
const PER_SECOND = 20

export interface RefusalDeps {
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly log: Log
}

/** Writes down that a request was refused at the door. Never throws: the refusal stands anyway. */
export function recordRefusal({ audit, record, clock, log }: RefusalDeps) {
  let second = 0
  let written = 0
  let skipped = 0
  return async (code: ErrorCode, request: string, method: string): Promise<void> => {
    if (!AT_THE_DOOR.has(code)) return
    const now = Math.floor(clock.now().getTime() / 1000)
    if (now !== second) {
      second = now
      written = 0
    }
    if (written >= PER_SECOND) {
      skipped++
      return
    }
    written++
    const event = record({
      type: 'token.refused',
      phase: 'event',
      result: 'denied',
      actor: { kind: 'system', id: 'http' },
      request,
      code,
      facts: { method, ...(skipped > 0 && { count: skipped }) },
    })
    skipped = 0
    await audit.append([event]).catch(() => log.error({ request, code }, 'a refusal could not be recorded'))
  }
}
