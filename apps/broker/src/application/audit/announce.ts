import type { AuditEventFields, AuditRecord } from '@credbroker/core/audit/event'
import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import type { AuditLog } from '../../ports/audit.ts'
import type { Recorder } from './recorder.ts'

export interface AnnounceDeps {
  readonly audit: AuditLog
  readonly record: Recorder
}

type About = Omit<AuditEventFields, 'phase'>

/** The outcome, to be stored with the change that it is about. */
export type Outcome = (more?: Partial<Pick<AuditEventFields, 'result' | 'code' | 'facts'>>) => AuditRecord

/** After these nobody can tell what the other side did. */
const UNSURE: ReadonlySet<ErrorCode> = new Set([
  'vendor_unavailable',
  'store_unavailable',
  'audit_unavailable',
  'internal',
])
export const isUnsure = (code: ErrorCode): boolean => UNSURE.has(code)
export const codeOf = (error: unknown): ErrorCode => (error instanceof BrokerError ? error.code : 'internal')

/**
 * Does something outside the database: its intent is durable before, and its outcome follows whichever way it goes (I6).
 * Where `work` stores the outcome itself, it asks for it; otherwise it is stored here. What cannot be written any more shows as unknown.
 * @throws BrokerError `audit_unavailable`, before anything was done; whatever `work` throws
 */
export async function announce<Answer>(
  { audit, record }: AnnounceDeps,
  about: About,
  work: (outcome: Outcome) => Promise<Answer>,
  unsure: (code: ErrorCode) => boolean = isUnsure,
): Promise<Answer> {
  const intent = record.intent(about)
  await audit.append([intent.record])
  let asked = false
  const outcome: Outcome = (more = {}) => {
    asked = true
    const facts = { ...about.facts, ...more.facts }
    return record({ ...about, result: 'ok', ...more, facts, phase: 'outcome', intent: intent.id })
  }
  try {
    const answer = await work(outcome)
    if (!asked) await audit.append([outcome()])
    return answer
  } catch (error) {
    const code = codeOf(error)
    const failed = outcome({ result: unsure(code) ? 'unknown' : 'failed', code })
    await audit.append([failed]).catch(() => undefined)
    throw error
  }
}
