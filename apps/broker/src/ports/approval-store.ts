import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Approval } from '../domain/approval.ts'
import type { Sealed } from './people.ts'

export interface ApprovalFilter {
  readonly agent?: string
  readonly task?: string
  readonly state?: Approval['state']
  readonly environment?: string
  readonly cursor?: string
  readonly limit: number
}

/** How many questions an agent may have; counted in the statement that asks. */
export interface AskingLimits {
  readonly pending: number
  readonly perHour: number
}

export interface ApprovalStore {
  find(id: string): Promise<Sealed<Approval> | undefined>
  /** Newest first; `cursor` is the id of the last one seen. */
  list(filter: ApprovalFilter): Promise<Sealed<Approval>[]>
  /** Of one task, and of requests with one of these hashes: whatever became of them. */
  about(task: string, requestHashes: readonly string[]): Promise<Sealed<Approval>[]>
  /** `asked` already, by somebody else at the same time: look again. */
  ask(
    question: Sealed<Approval>,
    limits: AskingLimits,
    event: AuditRecord,
  ): Promise<'asked' | 'exists' | 'too-many'>
  /** Puts the next state in place of exactly this one. False where it is another by now. */
  update(before: Sealed<Approval>, after: Sealed<Approval>, events: readonly AuditRecord[]): Promise<boolean>
  /** Questions and approvals whose time is over. */
  due(limit: number): Promise<Sealed<Approval>[]>
}
