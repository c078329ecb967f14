import { signCheckpointNote } from '@credbroker/core/audit/checkpoint'
import { EMPTY_ROOT } from '@credbroker/core/audit/merkle'
import type { AuditTree, CheckpointKey, CheckpointStore, StoredCheckpoint } from '../../ports/audit.ts'
import { compareCheckpoint, readTree } from './compare-checkpoint.ts'

export type SignResult =
  | { readonly state: 'signed' | 'unchanged'; readonly checkpoint: StoredCheckpoint }
  /** There is nothing to sign yet. */
  | { readonly state: 'empty' }
  /** The database no longer continues what was signed. Nothing was signed; the broker must freeze (I13). */
  | { readonly state: 'inconsistent'; readonly why: 'behind' | 'forked'; readonly signedSize: number }

export interface CheckpointSigner {
  /** Signs where the tree stands, if that continues everything signed before. Any replica may, at any time. */
  sign(): Promise<SignResult>
}

interface Parts {
  readonly tree: AuditTree
  readonly checkpoints: CheckpointStore
  readonly key: CheckpointKey
  /** The newest checkpoint that is known from outside the database: `newest` of checkRollback. */
  readonly held?: StoredCheckpoint | undefined
  /** The version of the manifest in force, to be vouched for as well; undefined where there is none to trust. */
  readonly manifest?: () => Promise<number | undefined>
  /** Called once per checkpoint, after it is durable: hands it to the sinks. Must not throw. */
  readonly publish: (note: string) => void
}

export function createCheckpointSigner({
  tree,
  checkpoints,
  key,
  held,
  manifest,
  publish,
}: Parts): CheckpointSigner {
  // Also remembered here: a database that is rolled back under a running broker forgets its own checkpoints.
  let last = held
  let published = held?.size ?? 0

  return {
    async sign() {
      // Before the tree: another replica may sign a larger one in between.
      const stored = await checkpoints.newest()
      const state = await readTree(tree)
      const { head } = state
      for (const signed of [last, stored, { size: 0, root: EMPTY_ROOT }]) {
        const continuity = signed ? await compareCheckpoint(state, signed) : 'consistent'
        if (continuity !== 'consistent') {
          return { state: 'inconsistent', why: continuity, signedSize: signed?.size ?? 0 }
        }
      }
      if (head.size === 0) return { state: 'empty' }

      const known = [last, stored].find((signed) => signed?.size === head.size)
      const checkpoint =
        known ??
        (await checkpoints.keep({
          size: head.size,
          root: head.root(),
          note: signCheckpointNote(head.size, head.root(), key, await manifest?.()),
        }))
      if (!checkpoint.root.equals(head.root())) {
        return { state: 'inconsistent', why: 'forked', signedSize: checkpoint.size }
      }
      last = checkpoint
      if (checkpoint.size > published) {
        published = checkpoint.size
        publish(checkpoint.note)
      }
      return { state: known ? 'unchanged' : 'signed', checkpoint }
    },
  }
}
