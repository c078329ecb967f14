import type { AuditMover } from '../../ports/audit.ts'

export interface MoveOptions {
  /** Events per transaction. */
  readonly batch?: number
  /** Stops between two batches. */
  readonly signal?: AbortSignal
}

/**
 * Gives every waiting event its number. Any replica may call it at any time; while another one is at it, it leaves the
 * work to that one. Answers how many it moved.
 */
export async function moveAudit(
  mover: AuditMover,
  { batch = 1000, signal }: MoveOptions = {},
): Promise<number> {
  let moved = 0
  while (!signal?.aborted) {
    const count = await mover.moveBatch(batch)
    moved += count ?? 0
    if (count === undefined || count < batch) break
  }
  return moved
}
