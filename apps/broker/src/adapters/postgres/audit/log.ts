import { BrokerError } from '@credbroker/core/errors'
import type { Sql } from 'postgres'
import type { AuditLog } from '../../../ports/audit.ts'
import { appendAudit } from '../append-audit.ts'
import { toBrokerError } from '../driver-errors.ts'

/** Appends in one statement; durable because the connections force `synchronous_commit`. */
export const createAuditLog = (sql: Sql): AuditLog => ({
  async append(events) {
    try {
      await appendAudit(sql, events)
    } catch (error) {
      // Whatever the reason: without the record there is no access (I6).
      throw new BrokerError('audit_unavailable', { cause: toBrokerError(error) })
    }
  },
})
