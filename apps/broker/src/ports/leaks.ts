import type { AuditRecord } from '@credbroker/core/audit/event'
import type { KeptReport } from '../domain/leak.ts'
import type { Lease } from '../domain/lease.ts'
import type { Sealed } from './keyring.ts'
import type { Sealed as SealedRow } from './people.ts'

export interface SealedRoot {
  readonly root: string
  readonly version: number
  readonly provider: string
  readonly sealed: Sealed
}

/** What roots look like to whoever finds one: keyed digests of their secret parts, kept beside what is sealed. */
export interface RootFingerprints {
  /** Some of those that nobody has looked at yet. */
  unread(limit: number): Promise<SealedRoot[]>
  keep(of: Pick<SealedRoot, 'root' | 'version'>, fingerprints: readonly string[]): Promise<void>
}

export interface FoundRoot {
  readonly root: string
  readonly version: number
  readonly state: 'next' | 'current' | 'retiring' | 'retired'
  readonly fingerprints: readonly string[]
}

export interface FoundLease {
  readonly lease: Lease
  readonly fingerprints: readonly string[]
}

export interface LeakMatcher {
  /** Newest versions first. */
  roots(fingerprints: readonly string[]): Promise<FoundRoot[]>
  leases(fingerprints: readonly string[]): Promise<FoundLease[]>
}

/** Versions of roots that were found somewhere. */
export interface LeakedRoots {
  note(found: Pick<LeakedRoot, 'root' | 'version' | 'by'>, event: AuditRecord): Promise<void>
  /** Of those in use, the one that was reported last first. */
  inUse(): Promise<LeakedRoot[]>
}

export interface LeakedRoot {
  readonly root: string
  readonly version: number
  readonly firstAt: Date
  readonly lastAt: Date
  /** How often it was told. */
  readonly reports: number
  /** Who told of it last: `agent:NAME`, `user:NAME`. Null where nobody wrote that down. */
  readonly by: string | null
}

/** What was reported and nobody has looked at: durable before its answer. */
export interface LeakReports {
  /** With its record; false, and neither, where `most` wait already. */
  keep(report: SealedRow<KeptReport>, event: AuditRecord, most: number): Promise<boolean>
  /** One that nobody looks at. Until it is done with it comes back, and not at once. */
  take(): Promise<{ readonly id: string; readonly report: SealedRow<KeptReport> } | undefined>
  done(id: string): Promise<void>
}

/** One-time secrets that nobody has used yet. */
export interface OneTimeSecrets {
  /** Takes an unused invitation or setup code away; whose it was. Undefined where there is none. */
  voidInvitation(digest: string, event: AuditRecord): Promise<{ readonly principal: string } | undefined>
  /** The same of a machine that waits for a person to confirm its login. */
  voidLogin(digest: string, event: AuditRecord): Promise<boolean>
}
