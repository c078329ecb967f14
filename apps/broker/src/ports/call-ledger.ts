import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Approval } from '../domain/approval.ts'
import type { Sealed } from './people.ts'
import type { SingleUse } from './tokens.ts'

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
  /** Taken in the same statement, whatever else becomes of the call, unless it was taken before. */
  readonly proof?: SingleUse
  readonly intent: AuditRecord
}

/**
 * `replayed`: the proof was used before. `gone`: the task, a grant or the lease ended. `stale`: the configuration moved on. `spent`: the
 * approval was used or changed. Only `begun` left an intent.
 */
export type BeginOutcome = 'begun' | 'replayed' | 'gone' | 'stale' | 'spent'

/** Calls as the database knows them: their intents, and whether what they stand on still lives. */
export interface CallLedger {
  /** Those that begin at once share a statement; what becomes of one is nothing to the others. */
  begin(call: CallBeginning): Promise<BeginOutcome>
  /** Which of these grants and leases do not live any more; asked while answers are still on their way (I8). */
  dead(ids: readonly string[]): Promise<readonly string[]>
}
