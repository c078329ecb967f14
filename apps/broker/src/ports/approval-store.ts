import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Approval } from '../domain/approval.ts'
import type { Sealed } from './people.ts'

export interface ApprovalFilter {
  readonly agent?: string
  readonly task?: string
  /** Of this task, which an agent started itself, and of all tasks below it. */
  readonly family?: string
  /** As it is at this moment: what is over by its times is `expired`. */
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

/** The grant that an answer decides, and its new MAC. */
export interface SettledGrant {
  readonly id: string
  readonly state: 'active' | 'denied'
  /** Of the row that waits: any other is not settled. */
  readonly before: string
  readonly mac: string
}

export interface ApprovalStore {
  find(id: string): Promise<Sealed<Approval> | undefined>
  /** Newest first; `cursor` is the id of the last one seen. */
  list(filter: ApprovalFilter): Promise<Sealed<Approval>[]>
  /** `exists`: exactly this waits already, asked at the same time. */
  ask(
    question: Sealed<Approval>,
    limits: AskingLimits,
    event: AuditRecord,
  ): Promise<'asked' | 'exists' | 'too-many'>
  /**
   * Puts the next state in place of exactly this one, and settles the grant that it is about. False where it is another by
   * now, its work has ended before it was approved, or the grant does not wait any more; then nothing changed.
   */
  update(
    before: Sealed<Approval>,
    after: Sealed<Approval>,
    events: readonly AuditRecord[],
    grant?: SettledGrant,
  ): Promise<boolean>
  /** Open ones whose time is over, or whose task or grant has ended. */
  due(limit: number): Promise<Sealed<Approval>[]>
  /** How many credentials were minted under each of these grants; those with none may be left out. */
  minted(grants: readonly string[]): Promise<ReadonlyMap<string, number>>
}
