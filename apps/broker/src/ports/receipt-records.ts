import type { AuditEntry } from './audit.ts'

/** How many records of a task there are, and one digest over all of them. */
export interface Tally {
  readonly count: number
  /** SHA-256 over their leaf hashes in order, base64url. */
  readonly leavesHash: string
  readonly newest: AuditEntry | undefined
}

/** The numbered records that belong into receipts. */
export interface ReceiptRecords {
  /** Of one task, in order: after this index and before that one, at most `limit`. */
  page(task: string, after: number, before: number, limit: number): Promise<AuditEntry[]>
  tally(task: string, before: number): Promise<Tally>
  /** Whether the task has records that have no number yet. */
  waiting(task: string): Promise<boolean>
  /** That these child tasks were begun. */
  delegationsOf(tasks: readonly string[], before: number): Promise<AuditEntry[]>
  /** The registrations of these passkeys. */
  registrationsOf(passkeys: readonly string[], before: number): Promise<AuditEntry[]>
}
