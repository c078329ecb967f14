import type { Checkpoint } from './checkpoint.ts'
import type { CompactRange } from './merkle.ts'

export type WitnessFinding =
  /** Something among the entries `from` to `to` (exclusive) is not what was signed. */
  | { readonly kind: 'altered'; readonly from: number; readonly to: number }
  /** The log signed another history of this size than the one that its later checkpoints continue. */
  | { readonly kind: 'fork'; readonly size: number }
  /** A signed checkpoint covers more entries than there are. */
  | { readonly kind: 'truncated'; readonly size: number; readonly signedSize: number }
  /** A checkpoint stands after entries it does not cover, where it cannot be checked. */
  | { readonly kind: 'misplaced_checkpoint'; readonly size: number }

/** Compares a growing tree with signed checkpoints of the sizes it passes through. */
export class Witnessed {
  /** Up to here (exclusive) the entries are what was signed: the largest size whose root matched. */
  verifiedSize = 0
  matched = 0
  readonly #ahead: Checkpoint[] = []
  readonly #mismatched = new Set<number>()
  readonly #findings: WitnessFinding[] = []

  /** A checkpoint to look for; `size` is where the tree stands now. */
  expect(checkpoint: Checkpoint, size: number): void {
    if (checkpoint.size < size) this.#findings.push({ kind: 'misplaced_checkpoint', size: checkpoint.size })
    else {
      const after = this.#ahead.findLastIndex((other) => other.size <= checkpoint.size)
      this.#ahead.splice(after + 1, 0, checkpoint)
    }
  }

  /** Call it whenever the tree has grown by one, and once before it grows. */
  compare(tree: CompactRange): void {
    while (this.#ahead[0]?.size === tree.size) {
      const { root } = this.#ahead.shift() as Checkpoint
      if (tree.root().equals(root)) {
        this.verifiedSize = tree.size
        this.matched++
      } else this.#mismatched.add(tree.size)
    }
  }

  /** @param size one past the last index that was seen, whether or not the tree could follow */
  findings(size: number): WitnessFinding[] {
    const found = [...this.#findings]
    // A root that matches vouches for everything before it, so an earlier one that does not is a second history.
    for (const forked of this.#mismatched) {
      if (forked <= this.verifiedSize) found.push({ kind: 'fork', size: forked })
    }
    const to = Math.min(...[...this.#mismatched].filter((other) => other > this.verifiedSize))
    if (Number.isFinite(to)) found.push({ kind: 'altered', from: this.verifiedSize, to })
    const signedSize = this.#ahead.at(-1)?.size ?? 0
    if (signedSize > size) found.push({ kind: 'truncated', size, signedSize })
    return found
  }
}
