import type { AuditEntry, AuditReader } from '../../ports/audit.ts'

interface TailOptions {
  /** The first index wanted. */
  readonly from: number
  readonly pageSize?: number
  /** Waits between two looks at a log that has not grown; may resolve early, must resolve when `signal` aborts. */
  readonly wait: (signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}

/** Entries from an index on, then each new one once it is numbered, until the signal aborts. None twice, none left out. */
export async function* tailAudit(
  reader: Pick<AuditReader, 'page'>,
  { from, pageSize = 200, wait, signal }: TailOptions,
): AsyncGenerator<AuditEntry, void, void> {
  let next = from
  while (!signal.aborted) {
    const page = await reader.page(next, pageSize)
    for (const entry of page) {
      if (signal.aborted) return
      yield entry
      next = entry.index + 1
    }
    if (page.length < pageSize) await wait(signal)
  }
}
