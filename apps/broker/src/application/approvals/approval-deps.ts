import type { FillRandom } from '@credbroker/core/ids'
import type { ApprovalStore } from '../../ports/approval-store.ts'
import type { AuditLog } from '../../ports/audit.ts'
import type { Clock, NewId } from '../../ports/clock.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Log } from '../../ports/log.ts'
import type { PasskeyStore } from '../../ports/people.ts'
import type { TaskReader } from '../../ports/task-store.ts'
import type { WebAuthn } from '../../ports/webauthn.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'

/** What questions to people need of the world. */
export interface ApprovalDeps {
  readonly approvals: ApprovalStore
  readonly passkeys: PasskeyStore
  readonly webauthn: WebAuthn
  readonly config: LiveConfig
  readonly macs: Macs
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly newId: NewId
  readonly random: FillRandom
  readonly log: Log
  /** A part of what is signed: an answer counts at one deployment only. */
  readonly deployment: string
  /** For grants that wait: the tasks that they are of, and how those end that nobody answered. */
  readonly tasks: Pick<TaskReader, 'find'>
  readonly end: (
    selector: { readonly grant: string },
    reason: 'expired',
    by: { readonly kind: 'system'; readonly id: string },
  ) => Promise<unknown>
}
