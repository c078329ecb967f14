import { nodeHash } from './merkle.ts'

export interface InclusionClaim {
  readonly leaf: Buffer
  readonly index: number
  readonly size: number
  readonly root: Buffer
  readonly proof: readonly Buffer[]
}

/** RFC 9162 §2.1.3.2: whether the tree of this size and root has this leaf at this index. */
export function verifyInclusion({ leaf, index, size, root, proof }: InclusionClaim): boolean {
  if (!whole(index) || !whole(size) || index >= size) return false
  let at = index
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== 32) return false
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else hash = nodeHash(hash, sibling)
    at = half(at)
    last = half(last)
  }
  return last === 0 && hash.equals(root)
}

export interface ConsistencyClaim {
  readonly firstSize: number
  readonly firstRoot: Buffer
  readonly secondSize: number
  readonly secondRoot: Buffer
  readonly proof: readonly Buffer[]
}

/** RFC 9162 §2.1.4.2: whether the second tree begins with the first. An empty first tree is the beginning of any. */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { firstSize, firstRoot, secondSize, secondRoot, proof } = claim
  if (!whole(firstSize) || !whole(secondSize) || firstSize > secondSize) return false
  if (firstSize === secondSize) return proof.length === 0 && firstRoot.equals(secondRoot)
  if (firstSize === 0) return proof.length === 0
  let at = firstSize - 1
  let last = secondSize - 1
  while (at % 2 === 1) {
    at = half(at)
    last = half(last)
  }
  // A first tree that is a full subtree of the second is its own first node.
  const path = at === 0 ? [firstRoot, ...proof] : proof
  const [start, ...rest] = path
  if (start === undefined) return false
  let first = start
  let second = start
  for (const node of rest) {
    if (last === 0 || node.length !== 32) return false
    if (at % 2 === 1 || at === last) {
      first = nodeHash(node, first)
      second = nodeHash(node, second)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else second = nodeHash(second, node)
    at = half(at)
    last = half(last)
  }
  return last === 0 && first.equals(firstRoot) && second.equals(secondRoot)
}

const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const half = (value: number): number => Math.floor(value / 2)
