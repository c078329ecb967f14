import { type OpenedCheckpoint, openCheckpoint } from '@credbroker/core/audit/checkpoint'
import type { NoteVerifier } from '@credbroker/core/audit/note'
import type { AuditTree, CheckpointStore, StoredCheckpoint } from '../../ports/audit.ts'
import { compareCheckpoint, readTree } from './compare-checkpoint.ts'

type Source = 'sink' | 'database'

export type RollbackCheck =
  /** The database continues every checkpoint we know. `proven` is false when none came from outside it. */
  | { readonly state: 'consistent'; readonly proven: boolean; readonly newest: StoredCheckpoint | undefined }
  /** Restored, rolled back or rewritten: boot frozen, with its grants ended (I13). */
  | {
      readonly state: 'behind' | 'forked'
      readonly source: Source
      readonly signedSize: number
      readonly treeSize: number
    }
  /** There are checkpoints, and none of ours among them: the wrong key, another log, or tampering. Boot frozen. */
  | { readonly state: 'unreadable'; readonly source: Source }

interface Outside {
  /** Notes that sinks hold, in any order; unreadable ones among readable ones are passed over. */
  readonly held: readonly string[]
  /** Every key this log was ever signed with. */
  readonly keys: readonly NoteVerifier[]
}

/** At boot: is this the database that we left, or an older or other one? */
export async function checkRollback(
  { tree, checkpoints }: { readonly tree: AuditTree; readonly checkpoints: CheckpointStore },
  { held, keys }: Outside,
): Promise<RollbackCheck> {
  const open = (notes: readonly string[]): StoredCheckpoint[] =>
    notes
      .map((note) => openCheckpoint(note, keys))
      .filter((opened): opened is OpenedCheckpoint & { ok: true } => opened.ok)
      .map(({ checkpoint: { size, root }, note }) => ({ size, root, note }))

  const stored = await checkpoints.newest()
  const state = await readTree(tree)
  const notes = { sink: held, database: stored ? [stored.note] : [] }
  for (const source of ['sink', 'database'] as const) {
    const opened = open(notes[source])
    if (opened.length === 0 && notes[source].length > 0) return { state: 'unreadable', source }
    const largest = newest(opened)
    if (!largest) continue
    const continuity = await compareCheckpoint(state, largest)
    if (continuity !== 'consistent') {
      return { state: continuity, source, signedSize: largest.size, treeSize: state.head.size }
    }
  }
  const outside = newest(open(held))
  return { state: 'consistent', proven: outside !== undefined, newest: outside }
}

const newest = (list: readonly StoredCheckpoint[]): StoredCheckpoint | undefined =>
  list.reduce<StoredCheckpoint | undefined>(
    (best, one) => (best && best.size >= one.size ? best : one),
    undefined,
  )
