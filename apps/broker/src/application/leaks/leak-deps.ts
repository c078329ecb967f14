import type { GuardedProvider } from '@credbroker/providers/guard'
import type { Lease } from '../../domain/lease.ts'
import type { AuditLog } from '../../ports/audit.ts'
import type { EnrolmentStore } from '../../ports/client-keys.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Fingerprints, Macs, Sealer } from '../../ports/keyring.ts'
import type {
  LeakedRoots,
  LeakMatcher,
  LeakReports,
  OneTimeSecrets,
  RootFingerprints,
} from '../../ports/leaks.ts'
import type { LeaseWriter } from '../../ports/lease-store.ts'
import type { Log } from '../../ports/log.ts'
import type { SessionStore } from '../../ports/people.ts'
import type { TaskReader } from '../../ports/task-store.ts'
import type { AccessTokenVerifier } from '../../ports/tokens.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { endWork } from '../tasks/end-work.ts'

export interface LeakDeps {
  readonly rootFingerprints: RootFingerprints
  readonly leakMatcher: LeakMatcher
  readonly leakedRoots: LeakedRoots
  readonly leakReports: LeakReports
  readonly oneTimeSecrets: OneTimeSecrets
  readonly enrolments: EnrolmentStore
  readonly sessions: SessionStore
  readonly tasks: TaskReader
  readonly verifier: AccessTokenVerifier
  readonly fingerprints: Fingerprints
  readonly macs: Macs
  readonly sealer: Sealer
  readonly providers: ReadonlyMap<string, GuardedProvider>
  readonly config: LiveConfig
  readonly end: ReturnType<typeof endWork>
  readonly revokeLease: (
    id: string,
    events: Parameters<LeaseWriter['condemn']>[1],
  ) => Promise<Lease | undefined>
  readonly audit: AuditLog
  readonly record: Recorder
  readonly clock: Clock
  readonly log: Log
  readonly issuer: string
}
