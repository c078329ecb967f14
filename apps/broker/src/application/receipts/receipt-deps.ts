import type { ApprovalStore } from '../../ports/approval-store.ts'
import type { AuditLog, AuditTree, CheckpointStore } from '../../ports/audit.ts'
import type { LineageReader } from '../../ports/delegation.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { LeaseReader } from '../../ports/lease-store.ts'
import type { PasskeyStore } from '../../ports/people.ts'
import type { ReceiptRecords } from '../../ports/receipt-records.ts'
import type { TaskReader } from '../../ports/task-store.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'

export interface ReceiptDeps {
  readonly receipts: ReceiptRecords
  readonly tasks: TaskReader
  readonly lineage: LineageReader
  readonly leases: LeaseReader
  readonly approvals: ApprovalStore
  readonly passkeys: PasskeyStore
  readonly tree: AuditTree
  readonly checkpoints: CheckpointStore
  readonly audit: AuditLog
  readonly config: LiveConfig
  readonly record: Recorder
  readonly macs: Macs
  readonly deployment: string
}
