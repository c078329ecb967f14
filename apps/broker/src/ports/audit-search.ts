import type { AuditEntry } from './audit.ts'

/** What entries must have, all of it. */
export interface AuditFilter {
  /** One of these. */
  readonly types?: readonly string[]
  readonly task?: string
  readonly grant?: string
  readonly lease?: string
  readonly approval?: string
  readonly environment?: string
  readonly scope?: string
  readonly result?: string
  /** Who acted: the name of an agent or user, or the part of the broker. */
  readonly actor?: string
  /** The user who is accountable. */
  readonly sub?: string
  readonly since?: Date
  readonly until?: Date
}

export interface AuditSearch {
  /** Newest first, before this index, at most `limit`. @throws BrokerError `store_unavailable`, also where it takes too long */
  find(filter: AuditFilter, before: number | undefined, limit: number): Promise<AuditEntry[]>
}
