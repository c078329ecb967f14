import type { AuditRecord } from '@credbroker/core/audit/event'
import type { ApprovalLevel } from '@credbroker/policy/request'
import type { Approval } from '../../domain/approval.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Sealed } from '../../ports/people.ts'
import type { Caller } from '../identity/caller.ts'
import type { ApprovalDeps } from './approval-deps.ts'

export type ChangeDeps = Omit<ApprovalDeps, 'config' | 'audit' | 'log' | 'tasks' | 'end'>

/** A change that widens what a protected environment allows, ready to be put to a person. */
export interface ChangeQuestion {
  readonly caller: Caller
  /** The configuration that it was made on, and that its write is compared with. */
  readonly snapshot: ConfigSnapshot
  readonly hash: string
  readonly lines: readonly string[]
  readonly environment: string
  readonly level: ApprovalLevel
  readonly reason: string
}

/** An approval with its one use made of it: stored in the statement that makes the change. */
export interface SpentApproval {
  readonly before: Sealed<Approval>
  readonly after: Sealed<Approval>
  readonly event: AuditRecord
}
