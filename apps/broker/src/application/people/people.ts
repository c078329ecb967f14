import type { FillRandom } from '@credbroker/core/ids'
import type { AuditLog } from '../../ports/audit.ts'
import type { EnrolmentStore } from '../../ports/client-keys.ts'
import type { Clock, NewId } from '../../ports/clock.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Log } from '../../ports/log.ts'
import type { PasskeyStore, RecoveryCodeStore, SessionStore, SetupStore } from '../../ports/people.ts'
import type { WebAuthn } from '../../ports/webauthn.ts'
import type { ApproveAct } from '../approvals/act.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { endWork } from '../tasks/end-work.ts'
import type { Challenges } from './challenges.ts'

/** What the verbs about people work with. */
export interface PeopleDeps {
  readonly passkeys: PasskeyStore
  readonly codes: RecoveryCodeStore
  readonly sessions: SessionStore
  readonly setups: SetupStore
  readonly enrolments: EnrolmentStore
  readonly webauthn: WebAuthn
  readonly challenges: Challenges
  readonly config: LiveConfig
  readonly macs: Macs
  readonly audit: AuditLog
  readonly record: Recorder
  readonly end: ReturnType<typeof endWork>
  readonly clock: Clock
  readonly newId: NewId
  readonly random: FillRandom
  readonly log: Log
  readonly approve: ApproveAct
}

/** Where a request came from. Claims, for people to recognise their own sessions by. */
export interface From {
  readonly address: string | null
  readonly browser: string | null
  readonly requestId: string
}

/** 32 bytes by which authenticators tell users apart; they say nothing about the person (WebAuthn §14.6.1). */
export const userHandle = (macs: Macs, user: string): string =>
  macs.mac('challenge', JSON.stringify(['user-handle', user]))
