import type { AuditRecord } from '@credbroker/core/audit/event'
import type { CompactRange } from '@credbroker/core/audit/merkle'
import type { NoteSigner } from '@credbroker/core/audit/note'
import type { TileSource } from '@credbroker/core/audit/prover'

/**
 * Where events go that are not part of another statement. Most are: whoever stores a change inserts its records in the
 * same statement.
 */
export interface AuditLog {
  /**
   * Durable, all or none, when it resolves (I6).
   * @throws BrokerError `audit_unavailable`; nothing was written, or nobody can tell, and the caller must not go on
   */
  append(events: readonly AuditRecord[]): Promise<void>
}

/** One numbered event. `record` is the JSON text that `leaf` hashes. */
export interface AuditEntry {
  readonly index: number
  readonly record: string
  readonly leaf: Buffer
}

export interface AuditReader {
  /** Entries in order, from this index on, at most `limit`. What has not been numbered yet is not among them. */
  page(from: number, limit: number): Promise<AuditEntry[]>
  /** Everything that names this task, in order. */
  ofTask(task: string): Promise<AuditEntry[]>
  /**
   * RFC 9162 inclusion proof of an entry in the tree of that size.
   * @throws RangeError when the log has no such entry or size
   */
  proof(index: number, size: number): Promise<Buffer[]>
}

/** The stored Merkle tree. Two accounts of it, kept apart so that they can be compared. */
export interface AuditTree {
  /** As the movers left it: size and compact range. */
  head(): Promise<CompactRange>
  /** As the stored entries have it. */
  readonly tiles: TileSource
}

export interface AuditMover {
  /** Numbers up to `limit` committed events, in one transaction. Undefined while another replica is at it. */
  moveBatch(limit: number): Promise<number | undefined>
  /** How long the oldest event has waited for its number; 0 when none waits. By the database's clock. */
  lagSeconds(): Promise<number>
}

export interface StoredCheckpoint {
  readonly size: number
  readonly root: Buffer
  /** The signed note. */
  readonly note: string
}

export interface CheckpointStore {
  newest(): Promise<StoredCheckpoint | undefined>
  /** Keeps it unless there is one of this size, and answers the one that is kept. Durable when it resolves. */
  keep(checkpoint: StoredCheckpoint): Promise<StoredCheckpoint>
  /** Those larger than `size`, smallest first. */
  after(size: number, limit: number): Promise<StoredCheckpoint[]>
}

/** The Ed25519 key of the log, used for nothing else; its name is the log's origin. */
export type CheckpointKey = NoteSigner

/** A place outside the database that remembers checkpoints. Configured in files or environment, never through the API. */
export interface CheckpointSink {
  /** For logs and status. */
  readonly name: string
  /** Resolves when the note is safe there. Publishing one twice is harmless. */
  publish(note: string): Promise<void>
}
