import { type AuditEventFields, type AuditRecord, auditRecord, newEvent } from '@credbroker/core/audit/event'
import type { FillRandom } from '@credbroker/core/ids'
import type { Clock } from '../../ports/clock.ts'

/** Makes audit records; storing them is the business of whoever stores the change. */
export interface Recorder {
  (fields: AuditEventFields): AuditRecord
  /** An intent and the id that its outcome must name. */
  intent(fields: Omit<AuditEventFields, 'phase'>): { id: string; record: AuditRecord }
}

export function createRecorder(clock: Clock, random: FillRandom): Recorder {
  const event = (fields: AuditEventFields) => newEvent(fields, clock.now(), random)
  return Object.assign((fields: AuditEventFields) => auditRecord(event(fields)), {
    intent: (fields: Omit<AuditEventFields, 'phase'>) => {
      const made = event({ ...fields, phase: 'intent' })
      return { id: made.id, record: auditRecord(made) }
    },
  })
}
