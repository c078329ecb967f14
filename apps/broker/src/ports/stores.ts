import type { ApprovalStore } from './approval-store.ts'
import type { AuditLog, AuditMover, AuditReader, AuditTree, CheckpointStore } from './audit.ts'
import type { AuditSearch } from './audit-search.ts'
import type { CallLedger } from './call-ledger.ts'
import type { ClientKeyStore, EnrolmentStore, KeyLender } from './client-keys.ts'
import type { ConfigStore, RootSecretStore } from './config-store.ts'
import type { LineageReader, TaskDelegator } from './delegation.ts'
import type { DeploymentStore } from './deployment.ts'
import type { DeviceStore } from './device-store.ts'
import type { LastUses } from './last-uses.ts'
import type { LeakedRoots, LeakMatcher, LeakReports, OneTimeSecrets, RootFingerprints } from './leaks.ts'
import type { LeaseQueue, LeaseReader, LeaseWriter } from './lease-store.ts'
import type { NoticeQueue } from './notices.ts'
import type { OpenIntents } from './open-intents.ts'
import type { PasskeyStore, RecoveryCodeStore, SessionStore, SetupStore, SsoLinkStore } from './people.ts'
import type { ReceiptRecords } from './receipt-records.ts'
import type { RetirementQueue, RotationStore } from './rotation-store.ts'
import type { SigningKeyStore } from './signing-keys.ts'
import type { TaskEnder, TaskReader, TaskStarter } from './task-store.ts'
import type { ProofBook, UseReader } from './use-reader.ts'
import type { WorkCounter } from './work-counts.ts'

/** All state, by the small interface that each use case takes. */
export interface Stores {
  readonly config: ConfigStore
  readonly deployment: DeploymentStore
  readonly secrets: RootSecretStore
  readonly rotations: RotationStore
  readonly retirements: RetirementQueue
  readonly intents: OpenIntents
  readonly keys: ClientKeyStore
  readonly devices: DeviceStore
  readonly enrolments: EnrolmentStore
  readonly lender: KeyLender
  readonly signingKeys: SigningKeyStore
  readonly passkeys: PasskeyStore
  readonly recoveryCodes: RecoveryCodeStore
  readonly sessions: SessionStore
  readonly ssoLinks: SsoLinkStore
  readonly setups: SetupStore
  readonly starter: TaskStarter
  readonly tasks: TaskReader
  readonly lineage: LineageReader
  readonly delegator: TaskDelegator
  readonly ender: TaskEnder
  readonly uses: UseReader
  readonly proofs: ProofBook
  readonly approvals: ApprovalStore
  readonly notices: NoticeQueue
  readonly calls: CallLedger
  readonly lastUses: LastUses
  readonly leases: LeaseReader
  readonly leaseWriter: LeaseWriter
  readonly queue: LeaseQueue
  readonly rootFingerprints: RootFingerprints
  readonly leakMatcher: LeakMatcher
  readonly leakedRoots: LeakedRoots
  readonly leakReports: LeakReports
  readonly oneTimeSecrets: OneTimeSecrets
  readonly audit: AuditLog
  readonly auditReader: AuditReader
  readonly auditSearch: AuditSearch
  readonly counter: WorkCounter
  readonly receipts: ReceiptRecords
  readonly tree: AuditTree
  readonly mover: AuditMover
  readonly checkpoints: CheckpointStore
  readonly expired: ExpiredRows
}

/** Rows that only had to be remembered for a while: proofs, idempotency keys, enrolment tokens. */
export interface ExpiredRows {
  purge(): Promise<void>
  /** Whether the database answers. */
  ping(): Promise<boolean>
}
