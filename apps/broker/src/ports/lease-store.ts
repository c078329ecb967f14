import type { AuditRecord } from '@credbroker/core/audit/event'
import type { Lease, LeaseState } from '../domain/lease.ts'
import type { Sealed } from './keyring.ts'

export interface LeaseWriter {
  /**
   * Transaction 1 of a mint: the reservation and its intent. `stale`: the grant is no longer active or the configuration
   * moved on. `too-many`: the task or its agent holds as many leases as it may.
   */
  reserve(
    lease: Lease,
    configVersion: number,
    intent: AuditRecord,
  ): Promise<'reserved' | 'stale' | 'too-many'>
  /** Transaction 2: only while reserved, within its deadline, with grant, task and configuration as they were decided on. */
  activate(activation: {
    readonly lease: string
    readonly configVersion: number
    readonly handle: Sealed
    readonly credentialHash: string
    /** Of its secret parts, by which a found one leads here. */
    readonly fingerprints: readonly string[]
    readonly expiresAt: Date
    readonly deadBy: Date | null
    readonly outcome: AuditRecord
  }): Promise<'activated' | 'stale' | 'gone'>
  /** From any living state to `revoking`, due at once. undefined where it has ended already. */
  condemn(lease: string, events: readonly AuditRecord[]): Promise<Lease | undefined>
}

export interface DueLease extends Lease {
  readonly handle: Sealed | null
  /** The intent under which it is being revoked, and since when it is open; null: since now. */
  readonly intent: string
  readonly announcedAt: Date | null
}

/** What announces that a lease will be revoked. Asked for where no intent of that is open. */
export type AnnounceLease = (lease: Lease) => { readonly id: string; readonly record: AuditRecord }

/** The lease rows are the queue. Whoever takes one holds it for as long as a vendor may take. */
export interface LeaseQueue {
  /**
   * Due leases nobody holds, oldest first, now `revoking`, announced (I6) and held by the caller. None of the roots
   * `except`: those keep the caller busy enough.
   */
  take(limit: number, announce: AnnounceLease, except: readonly string[]): Promise<DueLease[]>
  /** One lease, if nobody holds it. */
  takeOne(lease: string, announce: AnnounceLease): Promise<DueLease | undefined>
  settle(result: LeaseSettlement): Promise<void>
}

export interface LeaseSettlement {
  readonly lease: string
  readonly credentialDead: boolean
  readonly sessionsDead: boolean
  /** What a revocation that the vendor took says of the latest end: an earlier one counts, a later one never. */
  readonly deadBy: Date | null
  /** Ended for good; otherwise due again after `retryAfterSeconds`. */
  readonly ended: boolean
  readonly retryAfterSeconds: number
  readonly error: string | null
  /** It answers the intent; without it the intent stays open, and covers the next try as well. */
  readonly outcome: AuditRecord | undefined
}

export interface LeaseFilter {
  readonly state?: LeaseState
  readonly task?: string
  readonly provider?: string
  readonly agent?: string
  readonly cursor?: string
  readonly limit: number
}

export interface LeaseReader {
  find(id: string): Promise<Lease | undefined>
  list(filter: LeaseFilter): Promise<Lease[]>
  /** How many are alive, by provider and state. */
  count(): Promise<{ provider: string; state: LeaseState; count: number }[]>
}
