import { createHash } from 'node:crypto'

// Domain separation (RFC 6962 §2.1): without it an inner node could pass for a leaf.
const LEAF = Buffer.from([0])
const NODE = Buffer.from([1])

/** The root of the empty tree. */
export const EMPTY_ROOT: Buffer = createHash('sha256').digest()

/** SHA-256(0x00 ‖ data); text is taken as UTF-8. */
export const leafHash = (data: string | Buffer): Buffer =>
  createHash('sha256').update(LEAF).update(data).digest()

/** SHA-256(0x01 ‖ left ‖ right). */
export const nodeHash = (left: Buffer, right: Buffer): Buffer =>
  createHash('sha256').update(NODE).update(left).update(right).digest()

/** Called for every full subtree that an append completes: it has 2^level leaves and is the index-th of its level. */
export type OnSubtree = (level: number, index: number, hash: Buffer) => void

/**
 * A Merkle tree (RFC 9162 §2.1) remembered by the roots of its full subtrees only: at most 53 hashes for any size.
 * Enough to append and to give the root; proofs need stored hashes, see prover.ts.
 */
export class CompactRange {
  #size: number
  readonly #nodes: Buffer[] = []

  /**
   * @param frontier what {@link CompactRange.frontier} gave for a tree of this size.
   * @throws RangeError when size and frontier do not belong together
   */
  constructor(size = 0, frontier: Uint8Array = new Uint8Array()) {
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('tree size is not a whole number')
    if (frontier.length !== 32 * ones(size)) throw new RangeError('frontier does not fit the tree size')
    this.#size = size
    for (let at = 0; at < frontier.length; at += 32)
      this.#nodes.push(Buffer.from(frontier.slice(at, at + 32)))
  }

  get size(): number {
    return this.#size
  }

  append(leaf: Buffer, onSubtree?: OnSubtree): void {
    let hash = leaf
    let index = this.#size
    for (let level = 1; index % 2 === 1; level++) {
      hash = nodeHash(this.#nodes.pop() as Buffer, hash)
      index = (index - 1) / 2
      onSubtree?.(level, index, hash)
    }
    this.#nodes.push(hash)
    this.#size++
  }

  root(): Buffer {
    return this.#nodes.length === 0
      ? EMPTY_ROOT
      : this.#nodes.reduceRight((right, left) => nodeHash(left, right))
  }

  /** The roots of the full subtrees, largest first, 32 bytes each. */
  frontier(): Buffer {
    return Buffer.concat(this.#nodes)
  }
}

/** The root of the tree with these leaf hashes. */
export function treeRoot(leaves: Iterable<Buffer>): Buffer {
  const range = new CompactRange()
  for (const leaf of leaves) range.append(leaf)
  return range.root()
}

function ones(size: number): number {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}
