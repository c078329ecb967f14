import type { Connectors } from '@credbroker/connectors/known'
import type { AuditLog } from '../../ports/audit.ts'
import type { CallLedger } from '../../ports/call-ledger.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Egress } from '../../ports/egress.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Log } from '../../ports/log.ts'
import type { ProofBook, UseReader } from '../../ports/use-reader.ts'
import type { AskApproval, FitApproval } from '../approvals/call-question.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { RootVault } from '../roots/root-vault.ts'
import type { Budgets } from './budgets.ts'
import type { HeldBodies } from './held-bodies.ts'
import type { InnerCredentials } from './inner-credentials.ts'
import type { OpenCalls } from './open-calls.ts'
import type { Outcomes } from './outcomes.ts'

/** What a call needs of the world. */
export interface CallDeps {
  readonly uses: UseReader
  readonly proofs: ProofBook
  readonly config: LiveConfig
  readonly macs: Macs
  readonly connectors: Connectors
  readonly vault: RootVault
  readonly inner: InnerCredentials
  readonly egress: Egress
  readonly ledger: CallLedger
  readonly budgets: Budgets
  readonly bodies: HeldBodies
  readonly open: OpenCalls
  readonly outcomes: Outcomes
  readonly ask: AskApproval
  readonly fit: FitApproval
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly log: Log
}
