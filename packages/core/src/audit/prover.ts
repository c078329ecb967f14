import { EMPTY_ROOT, nodeHash, treeRoot } from './merkle.ts'

/** Hashes per tile, as in C2SP tlog-tiles. */
export const TILE = 256

/**
 * Stored hashes: level 0 are leaf hashes, level n the roots of full subtrees of 256^n leaves. Answers `width` hashes from
 * index `tile` × 256 of that level on.
 */
export type TileSource = (level: number, tile: number, width: number) => Promise<readonly Buffer[]>

/**
 * Makes roots and proofs (RFC 9162 §2.1) of a tree from its tiles, reading each tile and making each node at most once. Whoever checks the
 * result needs no trust in it: a wrong tile gives a proof that does not verify.
 */
export class Prover {
  readonly size: number
  readonly #source: TileSource
  readonly #tiles = new Map<string, Promise<readonly Buffer[]>>()
  /** Proofs of neighbours have most of their nodes in common. */
  readonly #known = new Map<string, Promise<Buffer>>()

  constructor(size: number, source: TileSource) {
    this.size = size
    this.#source = source
  }

  /** The root at this or an earlier size. */
  async root(size = this.size): Promise<Buffer> {
    this.#within(size)
    return size === 0 ? EMPTY_ROOT : this.#subtree(0, size)
  }

  /** What {@link CompactRange} needs to go on from this or an earlier size. */
  async frontier(size = this.size): Promise<Buffer> {
    this.#within(size)
    const nodes: Buffer[] = []
    for (let start = 0; start < size; ) {
      const count = largestPower(size - start)
      nodes.push(await this.#subtree(start, count))
      start += count
    }
    return Buffer.concat(nodes)
  }

  /** That the leaf at `index` is in the tree of `size`. */
  async inclusion(index: number, size = this.size): Promise<Buffer[]> {
    this.#within(size)
    if (!Number.isSafeInteger(index) || index < 0 || index >= size)
      throw new RangeError('index is not in the tree')
    const proof: Buffer[] = []
    let start = 0
    for (let count = size; count > 1; ) {
      const left = splitPoint(count)
      const inLeft = index < start + left
      proof.push(await (inLeft ? this.#subtree(start + left, count - left) : this.#subtree(start, left)))
      if (!inLeft) start += left
      count = inLeft ? left : count - left
    }
    return proof.reverse()
  }

  /** That the tree of `second` begins with the tree of `first`. */
  async consistency(first: number, second = this.size): Promise<Buffer[]> {
    this.#within(second)
    if (!Number.isSafeInteger(first) || first < 0 || first > second)
      throw new RangeError('first is not within second')
    if (first === 0 || first === second) return []
    const proof: Buffer[] = []
    let start = 0
    let count = second
    let rest = first
    while (rest !== count) {
      const left = splitPoint(count)
      const inLeft = rest <= left
      proof.push(await (inLeft ? this.#subtree(start + left, count - left) : this.#subtree(start, left)))
      if (!inLeft) {
        start += left
        rest -= left
      }
      count = inLeft ? left : count - left
    }
    if (start !== 0) proof.push(await this.#subtree(start, count))
    return proof.reverse()
  }

  #subtree(start: number, count: number): Promise<Buffer> {
    const key = `${start}/${count}`
    const known = this.#known.get(key) ?? this.#computed(start, count)
    this.#known.set(key, known)
    return known
  }

  async #computed(start: number, count: number): Promise<Buffer> {
    let level = 0
    let unit = 1
    while (unit * TILE <= count) {
      unit *= TILE
      level++
    }
    if (count % unit === 0) {
      const from = start / unit
      const tile = Math.floor(from / TILE)
      const hashes = await this.#tile(level, tile, unit)
      return treeRoot(hashes.slice(from % TILE, (from % TILE) + count / unit))
    }
    const left = splitPoint(count)
    return nodeHash(await this.#subtree(start, left), await this.#subtree(start + left, count - left))
  }

  async #tile(level: number, tile: number, unit: number): Promise<readonly Buffer[]> {
    const key = `${level}/${tile}`
    const width = Math.min(TILE, Math.floor(this.size / unit) - tile * TILE)
    const known = this.#tiles.get(key) ?? this.#source(level, tile, width)
    this.#tiles.set(key, known)
    const hashes = await known
    if (hashes.length !== width) throw new RangeError('a tile of the tree is incomplete')
    return hashes
  }

  #within(size: number): void {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.size)
      throw new RangeError('no tree of this size')
  }
}

/** The largest power of two below `count`; count > 1. */
const splitPoint = (count: number): number => largestPower(count - 1)

function largestPower(count: number): number {
  let power = 1
  while (power * 2 <= count) power *= 2
  return power
}
