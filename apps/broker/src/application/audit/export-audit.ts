import { checkpointLine, entryLine, headerLine } from '@credbroker/core/audit/export'
import { Prover } from '@credbroker/core/audit/prover'
import type { AuditReader, AuditTree, CheckpointStore, StoredCheckpoint } from '../../ports/audit.ts'

interface Parts {
  readonly reader: AuditReader
  readonly tree: AuditTree
  readonly checkpoints: CheckpointStore
}

export interface ExportRange {
  /** The first index. Default 0. */
  readonly from?: number
  /** One past the last index. Default and at most: what is numbered now. */
  readonly to?: number
}

const PAGE = 500

/**
 * The lines of an export (without their newlines), read page by page, each checkpoint where the verifier wants it. Move
 * and sign first, so that it ends in a checkpoint. It shows what is stored: whether that is sound, `verifyAudit` says.
 * @throws RangeError for a `from` beyond the log, before the first line
 */
export async function* exportAudit(
  parts: Parts,
  range: ExportRange = {},
): AsyncGenerator<string, void, void> {
  const from = range.from ?? 0
  const { size } = await parts.tree.head()
  const to = Math.min(range.to ?? size, size)
  yield headerLine(from, await new Prover(size, parts.tree.tiles).frontier(from))

  const notes = checkpointsBetween(parts.checkpoints, from, to)
  let next = await notes.next()
  for await (const { index, record } of entriesBetween(parts.reader, from, to)) {
    yield entryLine(index, record)
    if (!next.done && next.value.size <= index + 1) {
      yield checkpointLine(next.value.note)
      next = await notes.next()
    }
  }
  // With rows missing at the end these have nothing to stand after, and show that.
  for (; !next.done; next = await notes.next()) yield checkpointLine(next.value.note)
}

async function* entriesBetween(reader: AuditReader, from: number, to: number) {
  for (let at = from; at < to; ) {
    const page = await reader.page(at, Math.min(PAGE, to - at))
    const last = page.at(-1)
    if (!last) return
    for (const entry of page) if (entry.index < to) yield entry
    at = last.index + 1
  }
}

async function* checkpointsBetween(
  store: CheckpointStore,
  from: number,
  to: number,
): AsyncGenerator<StoredCheckpoint, void, void> {
  for (let at = from; at < to; ) {
    const page = await store.after(at, PAGE)
    const last = page.at(-1)
    if (!last) return
    for (const checkpoint of page) if (checkpoint.size <= to) yield checkpoint
    at = last.size
  }
}
