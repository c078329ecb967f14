import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Approval } from '../domain/approval.ts'
import type { Sealed } from './people.ts'

/** What must still hold in the statement that makes a call's intent durable. */
export interface CallBeginning {
  readonly configVersion: number
  readonly task: string
  /** The call's own, and those above it (I9): each must live. */
  readonly grants: readonly string[]
  /** Of the credential, where it was minted for calls: it must live as well. */
  readonly lease?: string
  /** Used up in the same statement, where there is one. */
  readonly approval?: { readonly before: Sealed<Approval>; readonly after: Sealed<Approval> }
  readonly intent: AuditRecord
}

/** Calls as the database knows them: their intents, and whether what they stand on still lives. */
export interface CallLedger {
  /** `gone`: the task, a grant or the lease ended. `stale`: the configuration moved on. `spent`: the approval was used or changed. */
  begin(call: CallBeginning): Promise<'begun' | 'gone' | 'stale' | 'spent'>
  /** Which of these grants and leases do not live any more; asked while answers are still on their way (I8). */
  dead(ids: readonly string[]): Promise<readonly string[]>
}
