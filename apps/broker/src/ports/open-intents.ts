import type { AuditRecord } from '@credbroker/core/audit/event'

/** What is being done again and again under one announcement. */
export interface OpenIntent {
  /** The id of the event that announced it. */
  readonly id: string
  readonly since: Date
  /** What it came to when it was answered last; null: never yet. */
  readonly answer: string | null
}

/** One open intent for each piece of repeated work, shared by all replicas and durable (I6). */
export interface OpenIntents {
  /** The intent that is open. Where there is none, this one is, and its record is durable when it resolves. */
  open(work: string, intent: { readonly id: string; readonly record: AuditRecord }): Promise<OpenIntent>
  /** Stores the outcome of this intent, unless somebody has. `answer` null: the work is over, and forgotten. */
  answer(work: string, intent: string, answer: string | null, outcome: AuditRecord): Promise<void>
}
