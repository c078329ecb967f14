import type { CompactRange } from '@credbroker/core/audit/merkle'
import { verifyConsistency } from '@credbroker/core/audit/proofs'
import { Prover } from '@credbroker/core/audit/prover'
import type { AuditTree } from '../../ports/audit.ts'

/** `behind`: the tree is smaller than what was signed. `forked`: it does not continue what was signed. */
export type Continuity = 'consistent' | 'behind' | 'forked'

/** A tree at one moment, to compare checkpoints with. Read the checkpoints first: it grows. */
export interface TreeState {
  readonly head: CompactRange
  readonly prover: Prover
}

export async function readTree(tree: AuditTree): Promise<TreeState> {
  const head = await tree.head()
  return { head, prover: new Prover(head.size, tree.tiles) }
}

/**
 * Whether the stored tree continues a checkpoint: the stored entries must give the root of the head, and a consistency
 * proof from the checkpoint's root to it. A tree with holes counts as `forked`.
 */
export async function compareCheckpoint(
  { head, prover }: TreeState,
  checkpoint: { readonly size: number; readonly root: Buffer },
): Promise<Continuity> {
  if (head.size < checkpoint.size) return 'behind'
  try {
    const consistent =
      (await prover.root()).equals(head.root()) &&
      verifyConsistency({
        firstSize: checkpoint.size,
        firstRoot: checkpoint.root,
        secondSize: head.size,
        secondRoot: head.root(),
        proof: await prover.consistency(checkpoint.size),
      })
    return consistent ? 'consistent' : 'forked'
  } catch (error) {
    // Missing rows are an answer about the tree; a database that is away is not.
    if (error instanceof RangeError) return 'forked'
    throw error
  }
}
