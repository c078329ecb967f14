import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Lease } from '../domain/lease.ts'
import type { Sealed } from './keyring.ts'

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
  note(found: Pick<FoundRoot, 'root' | 'version'>, event: AuditRecord): Promise<void>
  /** Of those in use. */
  inUse(): Promise<{ readonly root: string; readonly version: number }[]>
}

/** One-time secrets that nobody has used yet. */
export interface OneTimeSecrets {
  /** Takes an unused invitation or setup code away; whose it was. Undefined where there is none. */
  voidInvitation(digest: string, event: AuditRecord): Promise<{ readonly principal: string } | undefined>
  /** The same of a machine that waits for a person to confirm its login. */
  voidLogin(digest: string, event: AuditRecord): Promise<boolean>
}
