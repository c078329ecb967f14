import type { ErrorCode } from '@credbroker/core/errors'
import type { AuditLog } from '../../ports/audit.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import type { Recorder } from './recorder.ts'

/** Refusals before anybody is known: what strangers and broken clients cause. Later ones are recorded where they happen. */
const AT_THE_DOOR: ReadonlySet<ErrorCode> = new Set([
  'unauthenticated',
  'invalid_token',
  'invalid_dpop_proof',
  'replayed_proof',
  'enrolment_invalid',
  'passkey_invalid',
  'recovery_code_invalid',
  'sso_failed',
  'forbidden',
  'tampered',
  'invalid_request',
  'body_too_large',
])

/**
 * Anybody can cause these, so they must not be able to fill the log: the rest of a second is counted, not written. For
 * each code apart, so that what strangers do hides nothing of what agents do.
 */
const PER_SECOND = 20

export interface RefusalDeps {
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly log: Log
}

export interface RefusedRequest {
  readonly requestId: string
  readonly method: string
  /** Who it was, where token and proof had been verified before it was refused. */
  readonly caller: Caller | undefined
}

/** Writes down that a request was refused at the door. Never throws: the refusal stands anyway. */
export function recordRefusal({ audit, record, clock, log }: RefusalDeps) {
  const counts = new Map<ErrorCode, { second: number; written: number; skipped: number }>()
  return async (code: ErrorCode, { requestId: request, method, caller }: RefusedRequest): Promise<void> => {
    if (!AT_THE_DOOR.has(code)) return
    const count = counts.get(code) ?? { second: 0, written: 0, skipped: 0 }
    counts.set(code, count)
    const now = Math.floor(clock.now().getTime() / 1000)
    if (now !== count.second) Object.assign(count, { second: now, written: 0 })
    if (count.written >= PER_SECOND) {
      count.skipped++
      return
    }
    count.written++
    const { skipped } = count
    count.skipped = 0
    const event = record({
      type: 'token.refused',
      phase: 'event',
      result: 'denied',
      actor: caller ? actorOf(caller) : { kind: 'system', id: 'http' },
      ...(caller && caller.kind !== 'user' && { sub: caller.owner }),
      request,
      code,
      facts: { method, ...(skipped > 0 && { count: skipped }) },
    })
    await audit.append([event]).catch(() => log.error({ request, code }, 'a refusal could not be recorded'))
  }
}
